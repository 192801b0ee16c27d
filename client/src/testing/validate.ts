import type { Verdict } from "../api-types.ts";
import type { ValidationRequest } from "../guard/options.ts";
import { faultsOf, validation, validatorProps } from "./checks.ts";
import { type HeldKey, isInGrace, statusOf, timeOrNull } from "./held-key.ts";
import { parseKeyString } from "./key-string.ts";
import { matchesAny, missingOf } from "./scopes.ts";
import type { Store } from "./store.ts";

/** As in the `props` of the binding. */
export interface ValidatorProps {
  readonly caller?: string;
  readonly prefixes?: readonly string[];
  readonly owners?: readonly string[];
}

const refuse = (code: string, httpStatus: number, facts: object = {}): Verdict => ({
  valid: false,
  code,
  httpStatus,
  ...facts,
});

const refusedByStatus = (key: HeldKey, now: number): Verdict | undefined => {
  const { id, lineage, successor } = key;
  const status = statusOf(key, now);
  const facts = {
    revoked: { revokedAt: timeOrNull(key.revokedAt) },
    expired: { expiresAt: timeOrNull(key.expiresAt) },
    rotated: { graceEndsAt: timeOrNull(key.graceEndsAt), successor },
    disabled: {},
    active: null,
    rotating: null,
  }[status];
  return facts === null ? undefined : refuse(status, 401, { id, lineage, ...facts });
};

const judge = (key: HeldKey, { scopes = [], anyScope = [] }: ValidationRequest, now: number): Verdict => {
  const refused = refusedByStatus(key, now);
  if (refused) return refused;
  const { id, lineage, owner, name, prefix, metadata, expiresAt, graceEndsAt, successor } = key;
  const hasOne = anyScope.length === 0 || missingOf(key.scopes, anyScope).length < anyScope.length;
  const missing = [...missingOf(key.scopes, scopes), ...(hasOne ? [] : anyScope)];
  if (missing.length > 0) return refuse("insufficient_scope", 403, { id, lineage, missing });
  const ends = [expiresAt, graceEndsAt].filter((end) => end !== null);
  const isRotating = isInGrace(key, now) && successor !== null && graceEndsAt !== null;
  return {
    ...{ valid: true, code: "valid", id, lineage, owner, name, prefix, scopes: key.scopes, metadata },
    expiresAt: timeOrNull(expiresAt),
    validUntil: ends.length === 0 ? null : timeOrNull(Math.min(...ends)),
    warnings: isRotating ? [{ code: "rotating", successor, graceEndsAt: new Date(graceEndsAt).toISOString() }] : [],
  };
};

/** What `KeyValidator` answers. */
export const validate = (store: Store, props: ValidatorProps, request: ValidationRequest): Verdict => {
  const faults = [...faultsOf(validatorProps, props), ...faultsOf(validation, request)];
  if (faults.length > 0) {
    const detail = faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join("; ");
    return refuse("invalid_request", 500, { detail });
  }
  if (typeof request.key !== "string") return refuse("malformed", 401);
  if (store.isDown) return refuse("unavailable", 503, { retryAfter: 5 });

  const parsed = parseKeyString(request.key);
  if (!parsed) return refuse("malformed", 401);
  const { prefixes = [] } = request;
  const isWanted = prefixes.length === 0 || matchesAny(prefixes, parsed.prefix);
  if (!isWanted || (props.prefixes && !matchesAny(props.prefixes, parsed.prefix))) return refuse("wrong_prefix", 403);

  const key = store.keys.get(parsed.id);
  if (key?.text !== parsed.text) return refuse("unknown", 401);
  if (key.isTampered) return refuse(props.owners ? "unknown" : "tampered", 401);
  if (props.owners && !matchesAny(props.owners, key.owner)) return refuse("unknown", 401);
  return judge(key, request, store.now());
};
