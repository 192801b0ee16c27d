import type { Caller } from "../core/access/caller.ts";
import { holds } from "../core/access/decide.ts";
import {
  anonymous,
  authenticateAdmin,
  authenticateKey,
  bearerOf,
  type Identity,
  type RequestFacts,
} from "./authenticate.ts";
import { basicPassword } from "./basic-password.ts";
import { type Problem, problemOf } from "./failures.ts";
import { readFormBody } from "./form-body.ts";
import { conditionOf } from "./if-match.ts";
import { readJsonBody } from "./json-body.ts";
import { emptyBody, type ReadBody } from "./read-body.ts";
import { factsOf } from "./request-facts.ts";
import { type Admitted, type AnyDeclaration, isConditional, isForBasic, type Route, takesBody } from "./route.ts";
import type { DeployerToken, ReadyServices, Services } from "./services.ts";

const usualBodyBytesMax = 65_536;

export interface Arrival {
  readonly request: Request;
  readonly url: URL;
  readonly requestId: string;
  readonly services: Services;
}

export interface Found {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

export const isProblem = (value: object): value is Problem => "code" in value;

const deployerTokens = { "setup-token": "SETUP_TOKEN", "recovery-token": "RECOVERY_TOKEN" } as const;

const identify = async (
  { declaration: { access } }: Route,
  { request, url, services }: Arrival,
  ready: ReadyServices,
  facts: RequestFacts,
): Promise<Identity | Problem> => {
  if (access === "open" || access === "public") return anonymous(facts);
  if (access === "setup-token" || access === "recovery-token") {
    return withDeployerToken(deployerTokens[access], request.headers, services, facts);
  }
  if (access === "admin-key") return authenticateKey(request.headers, ready, facts);
  const otherScheme = isForBasic(access) ? basicPassword : undefined;
  const identity = await authenticateAdmin(request, url, ready, facts, otherScheme);
  if (isProblem(identity) || typeof access === "string") return identity;
  const wanted = "anyOf" in access ? access.anyOf : [access.permission];
  if (wanted.some((permission) => holds(identity.caller.grants, permission))) return identity;
  return { code: "forbidden", facts: { permission: wanted[0] }, refused: identity.caller };
};

/** A deployer's token is no key: it comes as a bearer token only, in whatever form the deployer chose. */
const withDeployerToken = (
  name: DeployerToken,
  headers: Headers,
  services: Services,
  facts: RequestFacts,
): Identity | Problem => {
  const token = bearerOf(headers);
  const inHeader = headers.get("X-API-Key")?.trim() ?? "";
  const judgement = services.judgeToken(name, token ?? "");
  if (judgement === "none configured") {
    return { code: "not_configured", detail: `${name} is missing, or too short: set it as a secret of the Worker.` };
  }
  if (token !== null && inHeader !== "" && inHeader !== token) return { code: "multiple_credentials" };
  if (token === null) return { code: "missing_credential", detail: `Send \`Authorization: Bearer <${name}>\`.` };
  if (judgement === "wrong") {
    return { code: "invalid_credential", detail: `It is not the ${name}.`, refused: anonymous(facts).caller };
  }
  return { caller: { actor: { kind: "setup" }, grants: [], ...facts }, admin: null, session: null };
};

/** What makes two requests the same request: method, path and body. Without it a command is never a repeated one. */
const withDigest = (
  caller: Caller,
  { onceOnly }: AnyDeclaration,
  { request, url, services }: Arrival,
  body: Uint8Array,
): Caller => {
  if (caller.idempotencyKey === null || !onceOnly) return caller;
  const encoder = new TextEncoder();
  return { ...caller, requestDigest: services.digest([encoder.encode(`${request.method} ${url.pathname}`), body]) };
};

const readBody = async (request: Request, declaration: AnyDeclaration): Promise<ReadBody> => {
  const { method, takesForm, bodyBytesMax: bytesMax = usualBodyBytesMax } = declaration;
  if (!takesBody(declaration)) return emptyBody;
  if (takesForm) return readFormBody(request, bytesMax);
  const types = ["application/json", ...(method === "PATCH" ? ["application/merge-patch+json"] : [])];
  return readJsonBody(request, types, bytesMax);
};

/** A body may come slowly, on purpose: rights that are older than this when it is there are looked up again. */
const rightsHoldMs = 1000;

/** The order of refusals, settled for every route: settings, credential, right, body, and then the request's own words. */
export const admit = async ({ route, parameters }: Found, arrival: Arrival): Promise<Admitted | Problem> => {
  const { request, url, services, requestId } = arrival;
  const { declaration } = route;
  const readiness = declaration.access === "open" ? undefined : await services.ready();
  if (readiness?.ok === false) return problemOf(readiness.failure);
  const ready = readiness?.value as ReadyServices;

  const facts = factsOf(request, requestId);
  const unprovenFacts = isProblem(facts) ? { requestId, ip: null, idempotencyKey: null } : facts;
  const identifiedAt = services.machineTime();
  const atFirst = await identify(route, arrival, ready, unprovenFacts);
  if (isProblem(atFirst)) return atFirst;

  const body = await readBody(request, declaration);
  const isStale = services.machineTime() - identifiedAt > rightsHoldMs;
  const identity = isStale ? await identify(route, arrival, ready, unprovenFacts) : atFirst;
  if (isProblem(identity)) return identity;
  if (!body.ok) return body.problem;
  if (isProblem(facts)) return facts;
  const condition = isConditional(declaration) ? conditionOf(request.headers) : {};
  if (isProblem(condition)) return condition;
  const caller = withDigest(identity.caller, declaration, arrival, body.bytes);
  const { admin, session } = identity;
  return {
    parameters,
    search: url.searchParams,
    json: body.value,
    caller,
    admin,
    session,
    condition,
    url,
    services,
    ready,
  };
};
