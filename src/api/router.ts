import { Router } from "itty-router/Router";
import { holds } from "../core/access/decide.ts";
import { anonymous, authenticateAdmin, bearerOf, type Identity, type RequestFacts } from "./authenticate.ts";
import { corsHeaders } from "./cors.ts";
import { type Problem, problemOf } from "./failures.ts";
import { conditionOf } from "./if-match.ts";
import { readJsonBody } from "./json-body.ts";
import { factsOf, readingMethods, requestIdOf } from "./request-facts.ts";
import { problemResponse } from "./responses.ts";
import type { Admitted, Route, RouteAnswer } from "./route.ts";
import { cancelRotation } from "./routes/cancel-rotation.ts";
import { createKey } from "./routes/create-key.ts";
import { deleteKey } from "./routes/delete-key.ts";
import { finishRotation } from "./routes/finish-rotation.ts";
import { getHealth } from "./routes/get-health.ts";
import { getHome } from "./routes/get-home.ts";
import { getKey } from "./routes/get-key.ts";
import { getMe } from "./routes/get-me.ts";
import { getReadiness } from "./routes/get-readiness.ts";
import { getSetUp } from "./routes/get-set-up.ts";
import { listKeys } from "./routes/list-keys.ts";
import { revealKey } from "./routes/reveal-key.ts";
import { revokeKey } from "./routes/revoke-key.ts";
import { rotateKey } from "./routes/rotate-key.ts";
import { setUp } from "./routes/set-up.ts";
import { updateKey } from "./routes/update-key.ts";
import { validateKey } from "./routes/validate-key.ts";
import { holdsKey } from "./secret-pattern.ts";
import type { ReadyServices, Services } from "./services.ts";

/** The whole HTTP surface; the most called first. */
export const routes: readonly Route[] = [
  validateKey,
  createKey,
  listKeys,
  getKey,
  updateKey,
  deleteKey,
  rotateKey,
  finishRotation,
  cancelRotation,
  revokeKey,
  revealKey,
  getMe,
  getSetUp,
  setUp,
  getHome,
  getHealth,
  getReadiness,
];

const bodyBytesMax = 65_536;

interface Arrival {
  readonly request: Request;
  readonly url: URL;
  readonly requestId: string;
  readonly services: Services;
}

interface Found {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

const isProblem = (value: object): value is Problem => "code" in value;

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

const identify = async (
  { declaration: { access } }: Route,
  { request, services }: Arrival,
  ready: ReadyServices,
  facts: RequestFacts,
): Promise<Identity | Problem> => {
  if (access === "open" || access === "public") return anonymous(facts);
  if (access === "setup-token") return withSetupToken(request.headers, services, facts);
  const identity = await authenticateAdmin(request.headers, ready, facts);
  if (isProblem(identity) || access === "any-admin") return identity;
  if (holds(identity.caller.grants, access.permission)) return identity;
  return { code: "forbidden", facts: { permission: access.permission } };
};

/** The set-up token is no key: it comes as a bearer token only, in whatever form the deployer chose. */
const withSetupToken = (headers: Headers, services: Services, facts: RequestFacts): Identity | Problem => {
  const token = bearerOf(headers);
  const inHeader = headers.get("X-API-Key")?.trim() ?? "";
  const judgement = services.judgeSetupToken(token ?? "");
  if (judgement === "none configured") {
    return { code: "not_configured", detail: "SETUP_TOKEN is missing: set it as a secret of the Worker." };
  }
  if (token !== null && inHeader !== "" && inHeader !== token) return { code: "multiple_credentials" };
  if (token === null) return { code: "missing_credential", detail: "Send `Authorization: Bearer <SETUP_TOKEN>`." };
  if (judgement === "right") return { caller: { actor: { kind: "setup" }, grants: [], ...facts }, admin: null };
  return { code: "invalid_credential", detail: "It is not the SETUP_TOKEN." };
};

/** If-Match speaks of one resource that is about to change. */
const isConditional = ({ method, path }: Route["declaration"]): boolean => method !== "GET" && path.includes("/:");

/** The order of refusals, settled for every route: settings, credential, right, body, and then the request's own words. */
const admit = async ({ route, parameters }: Found, arrival: Arrival): Promise<Admitted | Problem> => {
  const { request, url, services, requestId } = arrival;
  const { declaration } = route;
  const readiness = declaration.access === "open" ? undefined : await services.ready();
  if (readiness?.ok === false) return problemOf(readiness.failure);
  const ready = readiness?.value as ReadyServices;

  const facts = factsOf(request, requestId);
  const unprovenFacts = isProblem(facts) ? { requestId, ip: null, idempotencyKey: null } : facts;
  const identity = await identify(route, arrival, ready, unprovenFacts);
  if (isProblem(identity)) return identity;

  const hasBody = !readingMethods.includes(declaration.method);
  const types = ["application/json", ...(declaration.method === "PATCH" ? ["application/merge-patch+json"] : [])];
  const body = hasBody
    ? await readJsonBody(request, { bytesMax: bodyBytesMax, types })
    : ({ ok: true, value: {} } as const);
  if (!body.ok) return body.problem;
  if (isProblem(facts)) return facts;
  const condition = isConditional(declaration) ? conditionOf(request.headers) : {};
  if (isProblem(condition)) return condition;
  return { parameters, search: url.searchParams, json: body.value, ...identity, condition, url, services, ready };
};

const answerOf = async (found: Found, arrival: Arrival): Promise<RouteAnswer> => {
  const admitted = await admit(found, arrival);
  return isProblem(admitted) ? admitted : found.route.answer(admitted);
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
