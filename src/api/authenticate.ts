import type { AdminView } from "../core/access/admin.ts";
import type { Caller } from "../core/access/caller.ts";
import { type Problem, problemOf } from "./failures.ts";
import type { ReadyServices } from "./services.ts";

export interface RequestFacts {
  readonly requestId: string;
  readonly ip: string | null;
  readonly idempotencyKey: string | null;
}

export interface Identity {
  readonly caller: Caller;
  readonly admin: AdminView | null;
}

/** What stands behind `Bearer` in the Authorization header. */
export const bearerOf = (headers: Headers): string | null => {
  const [, bearer = null] = /^Bearer[ \t]+(\S.*)$/i.exec(headers.get("Authorization")?.trim() ?? "") ?? [];
  return bearer;
};

/** The one credential of the headers; white space around it does not count. No key holds a comma, so one joins several. */
const credentialOf = (headers: Headers): { readonly credential: string } | Problem => {
  const authorization = headers.get("Authorization")?.trim() ?? "";
  const inHeader = headers.get("X-API-Key")?.trim() ?? "";
  const bearer = bearerOf(headers);
  if (authorization.includes(",") || inHeader.includes(",")) return { code: "multiple_credentials" };
  if (authorization !== "" && bearer === null && !/^Bearer$/i.test(authorization)) {
    return { code: "invalid_credential", detail: "Authorization must be `Bearer <key>`." };
  }
  const given = [bearer, inHeader].filter((credential) => credential !== null && credential !== "");
  if (new Set(given).size > 1) return { code: "multiple_credentials" };
  const [credential] = given;
  return credential ? { credential } : { code: "missing_credential" };
};

export const anonymous = (facts: RequestFacts): Identity => ({
  caller: { actor: { kind: "anonymous" }, grants: [], ...facts },
  admin: null,
});

export const authenticateAdmin = async (
  headers: Headers,
  ready: ReadyServices,
  facts: RequestFacts,
): Promise<Identity | Problem> => {
  const found = credentialOf(headers);
  if ("code" in found) return found;
  const answer = await ready.authenticate(found.credential);
  if (!answer.ok) return problemOf(answer.failure);
  const { admin, grants } = answer.value;
  const { id, lineage, name } = admin;
  return { caller: { actor: { kind: "admin", id, lineage, name }, grants, ...facts }, admin };
};
