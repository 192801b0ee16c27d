import { Router } from "itty-router/Router";
import { type Arrival, admit, type Found, isProblem } from "./admit.ts";
import { corsHeaders } from "./cors.ts";
import type { Problem } from "./failures.ts";
import { noticingReplays } from "./noticing-replays.ts";
import { requestIdOf } from "./request-facts.ts";
import { problemResponse } from "./responses.ts";
import type { Route, RouteAnswer } from "./route.ts";
import { bulkKeys } from "./routes/bulk-keys.ts";
import { cancelRotation } from "./routes/cancel-rotation.ts";
import { createAdmin } from "./routes/create-admin.ts";
import { createKey } from "./routes/create-key.ts";
import { deleteKey } from "./routes/delete-key.ts";
import { deleteRole } from "./routes/delete-role.ts";
import { endSession, endSessions } from "./routes/end-session.ts";
import { finishRotation } from "./routes/finish-rotation.ts";
import { getAdmin } from "./routes/get-admin.ts";
import { getHealth } from "./routes/get-health.ts";
import { getHome } from "./routes/get-home.ts";
import { getKey } from "./routes/get-key.ts";
import { getMe } from "./routes/get-me.ts";
import { getReadiness } from "./routes/get-readiness.ts";
import { getRole } from "./routes/get-role.ts";
import { getSession } from "./routes/get-session.ts";
import { getSetUp } from "./routes/get-set-up.ts";
import { listAdmins } from "./routes/list-admins.ts";
import { listKeys } from "./routes/list-keys.ts";
import { listRoles } from "./routes/list-roles.ts";
import { recoverOwner } from "./routes/recover-owner.ts";
import { revealKey } from "./routes/reveal-key.ts";
import { revokeAdmin } from "./routes/revoke-admin.ts";
import { revokeKey } from "./routes/revoke-key.ts";
import { rotateAdmin, rotateMe } from "./routes/rotate-admin.ts";
import { rotateKey } from "./routes/rotate-key.ts";
import { saveRole } from "./routes/save-role.ts";
import { setUp } from "./routes/set-up.ts";
import { startSession } from "./routes/start-session.ts";
import { updateAdmin } from "./routes/update-admin.ts";
import { updateKey } from "./routes/update-key.ts";
import { validateKey } from "./routes/validate-key.ts";
import { holdsKey } from "./secret-pattern.ts";
import type { Services } from "./services.ts";

/** The whole HTTP surface; the most called first, and a path of its own before one that a parameter would match. */
export const routes: readonly Route[] = [
  validateKey,
  createKey,
  listKeys,
  bulkKeys,
  getKey,
  updateKey,
  deleteKey,
  rotateKey,
  finishRotation,
  cancelRotation,
  revokeKey,
  revealKey,
  getMe,
  rotateMe,
  createAdmin,
  listAdmins,
  getAdmin,
  updateAdmin,
  rotateAdmin,
  revokeAdmin,
  listRoles,
  getRole,
  saveRole,
  deleteRole,
  startSession,
  getSession,
  endSession,
  endSessions,
  getSetUp,
  setUp,
  recoverOwner,
  getHome,
  getHealth,
  getReadiness,
];

/** One entry per path: what its methods are, in a router that only finds. */
const byPath = Map.groupBy(routes, ({ declaration }) => declaration.path);
const finder = Router();
for (const [path, alternatives] of byPath) {
  finder.all(path, ({ params }) => ({ alternatives, parameters: params }));
}

type PathMatch = { readonly alternatives: readonly Route[]; readonly parameters: Readonly<Record<string, string>> };

const findPath = async ({ url, request }: Arrival): Promise<PathMatch | undefined> => {
  if (url.pathname !== "/" && url.pathname.endsWith("/")) return undefined;
  return finder.fetch({ method: request.method, url: url.href });
};

const methodsOf = (alternatives: readonly Route[]): string => {
  const methods = alternatives.map(({ declaration }) => declaration.method);
  return [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
};

const answerOf = async (found: Found, arrival: Arrival): Promise<RouteAnswer> => {
  const admitted = await admit(found, arrival);
  if (isProblem(admitted)) return admitted;
  if (!admitted.ready) return found.route.answer(admitted);
  const { manager, wasReplayed } = noticingReplays(admitted.ready.manager);
  const answer = await found.route.answer({ ...admitted, ready: { ...admitted.ready, manager } });
  if (answer instanceof Response && wasReplayed()) answer.headers.set("Idempotent-Replayed", "true");
  return answer;
};

const dispatch = async (arrival: Arrival): Promise<Response> => {
  const { request, url, requestId } = arrival;
  const refuse = (problem: Problem, headers?: Record<string, string>) => problemResponse(problem, requestId, headers);
  if (holdsKey(`${url.pathname}${url.search}`)) return refuse({ code: "secret_in_url" });

  const match = await findPath(arrival);
  if (!match) return refuse({ code: "not_found" });
  const Allow = methodsOf(match.alternatives);
  if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: { Allow } });
  const method = request.method === "HEAD" ? "GET" : request.method;
  const route = match.alternatives.find(({ declaration }) => declaration.method === method);
  if (!route) return refuse({ code: "method_not_allowed" }, { Allow });

  const answer = await answerOf({ route, parameters: match.parameters }, arrival);
  return answer instanceof Response ? answer : refuse(answer);
};

/** The headers every answer has, and no body for HEAD. */
const finished = (response: Response, { request, url, requestId, services }: Arrival): Response => {
  const headers = new Headers(response.headers);
  headers.set("X-Request-Id", requestId);
  headers.set("X-Content-Type-Options", "nosniff");
  if (url.pathname.startsWith("/v1/")) headers.set("Cache-Control", "no-store");
  for (const [name, value] of corsHeaders(request, services.corsOrigins, headers.get("Allow")))
    headers.set(name, value);
  const body = request.method === "HEAD" ? null : response.body;
  return new Response(body, { status: response.status, headers });
};

/** The one place where a thrown error is caught: it is told to the log, never to the client. */
export const handleRequest = async (request: Request, services: Services): Promise<Response> => {
  const requestId = requestIdOf(request.headers, () => services.newRequestId());
  const arrival = { request, url: new URL(request.url), requestId, services };
  try {
    return finished(await dispatch(arrival), arrival);
  } catch (error) {
    services.reportFault(requestId, error);
    return finished(problemResponse({ code: "internal_error" }, requestId), arrival);
  }
};
