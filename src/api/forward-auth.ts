import { holds } from "../core/access/decide.ts";
import { isNeededScope } from "../core/api-key/scopes.ts";
import type { Refused, Verdict } from "../core/api-key/verdict.ts";
import { type Arrival, isProblem } from "./admit.ts";
import { credentialOf, type Identity, withKey } from "./authenticate.ts";
import { type Fault, type Problem, problemOf } from "./failures.ts";
import { ipOf } from "./request-facts.ts";
import { gatewayHeader, neededScopesMax, path, scopesHeader } from "./routes/forward-auth.ts";
import type { ReadyServices } from "./services.ts";

/** What the gateway, and through it its client, is told of a request that may not pass. */
export interface GatewayRefusal {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

/** The path itself, and whatever a gateway appends to it: that is its client's, and nothing in it is looked at. */
export const isForwardAuth = ({ pathname }: URL): boolean => pathname === path || pathname.startsWith(`${path}/`);

/**
 * A gateway that appends its client's path to ours lets the client choose where `..` in it leads. So a question of a
 * gateway that arrives anywhere else is refused: what another route answers it would be taken for a verdict.
 */
export const strayedFault = ({ request }: Arrival): Problem | null => {
  if (!request.headers.has(gatewayHeader)) return null;
  const detail = `belongs to requests to ${path} alone, and this one led elsewhere`;
  return { code: "invalid_request", errors: [{ header: gatewayHeader, code: "not_allowed", detail }] };
};

const refusal = (problem: Problem, authCode: string = problem.code, challenge?: string): GatewayRefusal => ({
  problem,
  headers: { "X-Auth-Code": authCode, ...(challenge === undefined ? {} : { "WWW-Authenticate": challenge }) },
});

/** The gateway's own mistake. It is not said as a 401 or a 403, which would reach the client as its own. */
const misconfigured = (fault: Fault): Problem => ({ code: "gateway_misconfigured", errors: [fault] });

const identifyGateway = async ({ request, requestId }: Arrival, ready: ReadyServices): Promise<Identity | Problem> => {
  const fault = (code: string, detail: string) => misconfigured({ header: gatewayHeader, code, detail });
  const key = request.headers.get(gatewayHeader)?.trim() ?? "";
  if (key === "") return fault("required", "is required: the gateway's own admin key");
  const identity = await withKey(key, ready, { requestId, ip: ipOf(request), idempotencyKey: null });
  if (isProblem(identity)) {
    return identity.code === "invalid_credential" ? fault("invalid", "is not a live admin key") : identity;
  }
  if (holds(identity.caller.grants, "keys:validate")) return identity;
  return { ...fault("forbidden", "is the key of an admin without keys:validate"), refused: identity.caller };
};

const words = (text: string): string[] => text.split(/[ \t]+/).filter((word) => word !== "");

/** One that is there and names nothing is refused: it may be a setting of the gateway that came out empty. */
const scopesFault = (scopes: readonly string[]): string | null => {
  if (scopes.length === 0) return "names no scope: leave it out where none is needed";
  if (scopes.length > neededScopesMax) return `may name ${neededScopesMax} scopes at most`;
  return scopes.every(isNeededScope) ? null : "must be scopes without wildcard, separated by spaces";
};

/** Those of the header and those of the query, all of them: whoever adds one can only narrow. */
const neededScopes = ({ request, url }: Arrival): readonly string[] | Problem => {
  const header = request.headers.get(scopesHeader);
  const fromHeader = header === null ? null : words(header);
  const inQuery = url.pathname === path ? url.searchParams.getAll("scope") : [];
  const fromQuery = inQuery.length === 0 ? null : inQuery.flatMap(words);

  const headerFault = fromHeader && scopesFault(fromHeader);
  if (headerFault) return misconfigured({ header: scopesHeader, code: "invalid", detail: headerFault });
  const queryFault = fromQuery && scopesFault(fromQuery);
  if (queryFault) return misconfigured({ parameter: "scope", code: "invalid", detail: queryFault });
  return [...new Set([...(fromHeader ?? []), ...(fromQuery ?? [])])];
};

const missingKey = "Send your API key: `Authorization: Bearer <key>` or `X-API-Key: <key>`.";
const withFacts = ["revoked", "expired", "rotated", "disabled"];

const insufficientScope = (needed: readonly string[]): string =>
  `Bearer realm="latchkey", error="insufficient_scope"${needed.length === 0 ? "" : `, scope="${needed.join(" ")}"`}`;

const refusalOf = ({ code, missing }: Refused, needed: readonly string[]): GatewayRefusal => {
  if (code === "unavailable") return refusal({ code: "storage_unavailable" });
  if (code === "insufficient_scope") {
    return refusal({ code, facts: { missing } }, code, insufficientScope(needed));
  }
  if (code === "wrong_prefix") return refusal({ code }, code, insufficientScope(needed));
  const facts = withFacts.includes(code) ? { reason: code } : {};
  return refusal({ code: "invalid_credential", detail: "The API key is not good.", facts }, code);
};

/** All of these are letters of ids, owners and scopes, none of which can end a header or begin another. */
const accepted = ({ id, lineage, owner, scopes, warnings, validUntil }: Extract<Verdict, { valid: true }>): Response =>
  new Response(null, {
    status: 200,
    headers: {
      "X-Key-Id": id,
      "X-Key-Lineage": lineage,
      "X-Key-Owner": owner,
      "X-Key-Scopes": scopes.join(" "),
      ...(warnings.length === 0 || validUntil === null
        ? {}
        : { "X-Key-Warning": warnings.map(({ code }) => code).join(" "), "X-Key-Valid-Until": validUntil }),
    },
  });

/** Whether the gateway's client may pass, as status and headers; method and body do not matter. */
export const askForGateway = async (arrival: Arrival): Promise<Response | GatewayRefusal> => {
  const readiness = await arrival.services.ready();
  if (!readiness.ok) return refusal(problemOf(readiness.failure));
  const gateway = await identifyGateway(arrival, readiness.value);
  if (isProblem(gateway)) return refusal(gateway);
  const needed = neededScopes(arrival);
  if (isProblem(needed)) return refusal(needed);

  const found = credentialOf(arrival.request.headers);
  if ("code" in found) {
    if (found.code === "missing_credential") return refusal({ ...found, detail: missingKey });
    return refusal(found, found.code === "invalid_credential" ? "malformed" : found.code);
  }
  const question = { key: found.credential, scopes: needed, anyScope: [], prefixes: [] };
  const answer = await readiness.value.validate(question, gateway.caller);
  if (!answer.ok) return refusal(problemOf(answer.failure));
  return answer.value.valid ? accepted(answer.value) : refusalOf(answer.value, needed);
};
