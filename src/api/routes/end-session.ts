import { problemOf } from "../failures.ts";
import { route } from "../route.ts";
import { endedSessionCookie } from "../session-cookie.ts";

const ended = (url: URL): Response =>
  new Response(null, { status: 204, headers: { "Set-Cookie": endedSessionCookie(url) } });

export const endSession = route(
  {
    method: "DELETE",
    path: "/v1/session",
    operationId: "endSession",
    tag: "Sessions",
    summary: "End the session this request came with",
    access: "any-admin",
    success: { status: 204, description: "It is over.", answer: null, headers: ["Set-Cookie"] },
    refusals: ["session_not_found"],
  },
  async ({ session, caller, ready, url }) => {
    if (session === null) return { code: "session_not_found" };
    const answer = await ready.manager.execute({ type: "end-sessions", id: session.id }, caller);
    return answer.ok ? ended(url) : problemOf(answer.failure);
  },
);

export const endSessions = route(
  {
    method: "DELETE",
    path: "/v1/sessions",
    operationId: "endSessions",
    tag: "Sessions",
    summary: "End every session of mine",
    access: "any-admin",
    success: { status: 204, description: "They are over.", answer: null, headers: ["Set-Cookie"] },
    refusals: [],
  },
  async ({ caller, ready, url }) => {
    const answer = await ready.manager.execute({ type: "end-sessions", id: null }, caller);
    return answer.ok ? ended(url) : problemOf(answer.failure);
  },
);
