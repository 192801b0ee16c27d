import { type Arrival, admit, type Found, isProblem } from "./admit.ts";
import { corsHeaders } from "./cors.ts";
import { meanings, type Problem, type ProblemCode, wireCodeOf } from "./failures.ts";
import { askForGateway, isForwardAuth, strayedFault } from "./forward-auth.ts";
import { noticingReplays } from "./noticing-replays.ts";
import { requestIdOf } from "./request-facts.ts";
import { challenge, problemResponse } from "./responses.ts";
import { type Admitted, isForBasic, type Route, type RouteAnswer } from "./route.ts";
import { findPath, methodsOf } from "./router.ts";
import { forwardAuth } from "./routes/forward-auth.ts";
import { holdsKey } from "./secret-pattern.ts";
import type { Services } from "./services.ts";
import { tellRefusal, withRefused } from "./telling-refusals.ts";

/** What was answered, and what the log tells of it. */
interface Outcome {
  readonly response: Response;
  /** As it is declared; null where the path leads nowhere. */
  readonly route: string | null;
  readonly code: ProblemCode | null;
}

const respond = async ({ route }: Found, admitted: Admitted, accept: string | null): Promise<RouteAnswer> => {
  if (!admitted.ready) return route.answer(admitted);
  const { manager, wasReplayed } = noticingReplays(admitted.ready.manager);
  const answer = await route.answer({ ...admitted, accept, ready: { ...admitted.ready, manager } });
  if (answer instanceof Response && wasReplayed()) answer.headers.set("Idempotent-Replayed", "true");
  return answer;
};

const answerOf = async (found: Found, arrival: Arrival): Promise<RouteAnswer> => {
  const admitted = await admit(found, arrival);
  if (isProblem(admitted)) return admitted;
  return withRefused(await respond(found, admitted, arrival.request.headers.get("Accept")), admitted.caller);
};

const refused = (
  { requestId }: Arrival,
  problem: Problem,
  route: string | null,
  headers: Readonly<Record<string, string>>,
): Outcome => ({ response: problemResponse(problem, requestId, headers), route, code: wireCodeOf(problem.code) });

/** Before any rule about methods: whatever a gateway's client sends is asked about in the same way. */
const answerGateway = async (arrival: Arrival): Promise<Outcome> => {
  const { path } = forwardAuth;
  const answer = await askForGateway(arrival);
  if (answer instanceof Response) return { response: answer, route: path, code: null };
  await tellRefusal(answer.problem, forwardAuth, arrival);
  return refused(arrival, answer.problem, path, answer.headers);
};

/** Where a route takes Basic too, its 401 says so. */
const challengesOf = ({ declaration }: Route, { code }: Problem): Record<string, string> =>
  isForBasic(declaration.access) && meanings[code].status === 401
    ? { "WWW-Authenticate": `${challenge(code)}, Basic realm="latchkey"` }
    : {};

const dispatch = async (arrival: Arrival): Promise<Outcome> => {
  const { request, url } = arrival;
  const refuse = (problem: Problem, route: string | null = null, headers: Record<string, string> = {}): Outcome =>
    refused(arrival, problem, route, headers);
  if (holdsKey(`${url.pathname}${url.search}`)) return refuse({ code: "secret_in_url" });
  if (isForwardAuth(url)) return answerGateway(arrival);
  const strayed = strayedFault(arrival);
  if (strayed) return refuse(strayed);

  const match = await findPath(request.method, url);
  if (!match) return refuse({ code: "not_found" });
  const Allow = methodsOf(match.alternatives);
  const path = match.alternatives[0]?.declaration.path ?? null;
  if (request.method === "OPTIONS") {
    return { response: new Response(null, { status: 204, headers: { Allow } }), route: path, code: null };
  }
  const method = request.method === "HEAD" ? "GET" : request.method;
  const route = match.alternatives.find(({ declaration }) => declaration.method === method);
  if (!route) return refuse({ code: "method_not_allowed" }, path, { Allow });

  const found = { route, parameters: match.parameters };
  const answer = await answerOf(found, arrival);
  if (answer instanceof Response) return { response: answer, route: path, code: null };
  await tellRefusal(answer, route.declaration, arrival);
  return refuse(answer, path, challengesOf(route, answer));
};

/** The headers every answer has, and no body for HEAD. */
const finished = (response: Response, { request, url, requestId, services }: Arrival): Response => {
  const headers = new Headers(response.headers);
  headers.set("X-Request-Id", requestId);
  headers.set("X-Content-Type-Options", "nosniff");
  if (url.pathname.startsWith("/v1/")) headers.set("Cache-Control", "no-store");
  // The origin that a gateway passes on is that of a page which called the gateway.
  const cors = isForwardAuth(url) ? [] : corsHeaders(request, services.corsOrigins, headers.get("Allow"));
  for (const [name, value] of cors) headers.set(name, value);
  const body = request.method === "HEAD" ? null : response.body;
  return new Response(body, { status: response.status, headers });
};

/** The one place where a thrown error is caught: it is told to the log, never to the client. */
const outcomeOf = async (arrival: Arrival): Promise<Outcome> => {
  const { services, requestId } = arrival;
  try {
    return await dispatch(arrival);
  } catch (error) {
    services.reportFault(requestId, error);
    const code = "internal_error";
    return { response: problemResponse({ code }, requestId), route: null, code };
  }
};

/** Every request leaves one line in the log, which holds nothing the client wrote but its method and its request id. */
export const handleRequest = async (request: Request, services: Services): Promise<Response> => {
  const startedAt = services.machineTime();
  const requestId = requestIdOf(request.headers, () => services.newRequestId());
  const arrival = { request, url: new URL(request.url), requestId, services };
  const { response, route, code } = await outcomeOf(arrival);
  services.logRequest({
    requestId,
    method: request.method,
    route,
    status: response.status,
    code,
    durationMs: services.machineTime() - startedAt,
    objectCalls: services.objectCalls(),
  });
  return finished(response, arrival);
};
