import { permissionsOf } from "../../core/access/permissions.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { sessionAnswer } from "./session-answer.ts";

export const getSession = route(
  {
    method: "GET",
    path: "/v1/session",
    operationId: "getSession",
    tag: "Sessions",
    summary: "The session this request came with",
    access: "any-admin",
    success: { status: 200, description: "The session, its admin and what the admin may do.", answer: sessionAnswer },
    refusals: ["session_not_found"],
  },
  ({ session, admin, caller: { grants } }) =>
    session === null
      ? { code: "session_not_found" }
      : json(200, { ...session, admin, permissions: permissionsOf(grants), grants }),
);
