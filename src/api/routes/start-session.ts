import { permissionsOf } from "../../core/access/permissions.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { sessionCookie } from "../session-cookie.ts";
import { sessionAnswer } from "./session-answer.ts";

export const startSession = route(
  {
    method: "POST",
    path: "/v1/session",
    operationId: "startSession",
    tag: "Sessions",
    summary: "Open a session of the dashboard with an admin key",
    description:
      "For the dashboard: a browser should not keep an admin key. The session ends after 30 minutes without a request, after 12 hours, and with its admin key.",
    access: "admin-key",
    success: {
      status: 201,
      description: "The session, its admin and what the admin may do; the cookie carries it.",
      answer: sessionAnswer,
      headers: ["Set-Cookie"],
    },
    refusals: [],
  },
  async ({ admin, caller, ready, url }) => {
    const answer = await ready.manager.execute({ type: "start-session" }, caller);
    if (!answer.ok) return problemOf(answer.failure);
    const { session, token } = answer.value;
    const { grants } = caller;
    const body = { ...session, admin, permissions: permissionsOf(grants), grants };
    return json(201, body, { "Set-Cookie": sessionCookie(url, token) });
  },
);
