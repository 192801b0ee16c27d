import type { AdminView } from "../core/access/admin.ts";
import type { Caller } from "../core/access/caller.ts";
import type { Grant } from "../core/access/permissions.ts";
import type { SessionView } from "../core/access/session.ts";
import { type Problem, problemOf } from "./failures.ts";
import type { ReadyServices } from "./services.ts";
import { isFromOwnPage, sessionTokensOf } from "./session-cookie.ts";

export interface RequestFacts {
  readonly requestId: string;
  readonly ip: string | null;
  readonly idempotencyKey: string | null;
}

export interface Identity {
  readonly caller: Caller;
  readonly admin: AdminView | null;
  readonly session: SessionView | null;
}

/** What stands behind `Bearer` in the Authorization header. */
export const bearerOf = (headers: Headers): string | null => {
  const [, bearer = null] = /^Bearer[ \t]+(\S.*)$/i.exec(headers.get("Authorization")?.trim() ?? "") ?? [];
  return bearer;
};

/** A scheme other than Bearer, where a route takes one: finds the key in what stands behind `Authorization`. */
type OtherScheme = (authorization: string) => string | null;

const noOtherScheme: OtherScheme = () => null;

/** The one credential of the headers; white space around it does not count. No key holds a comma, so one joins several. */
export const credentialOf = (
  headers: Headers,
  otherScheme: OtherScheme = noOtherScheme,
): { readonly credential: string } | Problem => {
  const authorization = headers.get("Authorization")?.trim() ?? "";
  const inHeader = headers.get("X-API-Key")?.trim() ?? "";
  const authorized = bearerOf(headers) ?? otherScheme(authorization);
  if (authorization.includes(",") || inHeader.includes(",")) return { code: "multiple_credentials" };
  if (authorization !== "" && authorized === null && !/^Bearer$/i.test(authorization)) {
    return { code: "invalid_credential", detail: "Authorization must be `Bearer <key>`." };
  }
  const given = [authorized, inHeader].filter((credential) => credential !== null && credential !== "");
  if (new Set(given).size > 1) return { code: "multiple_credentials" };
  const [credential] = given;
  return credential ? { credential } : { code: "missing_credential" };
};

export const anonymous = (facts: RequestFacts): Identity => ({
  caller: { actor: { kind: "anonymous" }, grants: [], ...facts },
  admin: null,
  session: null,
});

interface Identified {
  readonly admin: AdminView;
  readonly grants: readonly Grant[];
}

const identityOf = ({ admin, grants }: Identified, session: SessionView | null, facts: RequestFacts): Identity => {
  const { id, lineage, name } = admin;
  return { caller: { actor: { kind: "admin", id, lineage, name }, grants, ...facts }, admin, session };
};

const originOf = ({ requestId, ip }: RequestFacts) => ({ requestId, ip });

/** By a key that was found already. */
export const withKey = async (key: string, ready: ReadyServices, facts: RequestFacts): Promise<Identity | Problem> => {
  const answer = await ready.authenticate(key, originOf(facts));
  return answer.ok ? identityOf(answer.value, null, facts) : problemOf(answer.failure);
};

/** By a key in a header; a session does not count. */
export const authenticateKey = async (
  headers: Headers,
  ready: ReadyServices,
  facts: RequestFacts,
): Promise<Identity | Problem> => {
  const found = credentialOf(headers);
  return "code" in found ? found : withKey(found.credential, ready, facts);
};

/** By a key in a header, or where there is none by a session; which for anything but reading must come from our own page. */
export const authenticateAdmin = async (
  request: Request,
  url: URL,
  ready: ReadyServices,
  facts: RequestFacts,
  otherScheme: OtherScheme = noOtherScheme,
): Promise<Identity | Problem> => {
  const found = credentialOf(request.headers, otherScheme);
  if (!("code" in found)) return withKey(found.credential, ready, facts);
  const [token, another] = sessionTokensOf(request.headers, url);
  if (found.code !== "missing_credential" || token === undefined) return found;
  if (another !== undefined) return { code: "multiple_credentials" };
  const answer = await ready.authenticateSession(token, originOf(facts));
  if (!answer.ok) return problemOf(answer.failure);
  const identity = identityOf(answer.value, answer.value.session, facts);
  return isFromOwnPage(request, url) ? identity : { code: "csrf", refused: identity.caller };
};
