import type { Caller } from "../access/caller.ts";
import { maySee, maySeeAnyOwner } from "../access/decide.ts";
import type { ApiKey, StoredApiKey } from "../api-key/api-key.ts";
import { toTimestamp, toTimestampOrNull } from "../api-key/key-view.ts";
import { isInGrace, statusOf, validUntil } from "../api-key/lifecycle.ts";
import { missingScopes } from "../api-key/scopes.ts";
import { type Refused, refusedVerdict, type Verdict, type Warning } from "../api-key/verdict.ts";
import { subjectOfStored } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";
import { isOutcome } from "../validation-counts.ts";

export interface ValidateKey {
  readonly type: "validate-key";
  readonly id: string;
  /** SHA-256 of the presented key string: the string itself goes no further than the Worker. */
  readonly digest: Uint8Array;
  /** All of these are needed. */
  readonly scopes: readonly string[];
  /** One of these is needed, if any is named. */
  readonly anyScope: readonly string[];
}

const refusedByStatus = (key: ApiKey, now: number): Refused | undefined => {
  const { id, lineage } = key;
  const status = statusOf(key, now);
  switch (status) {
    case "revoked":
      return { ...refusedVerdict(status), id, lineage, revokedAt: toTimestampOrNull(key.revokedAt) };
    case "expired":
      return { ...refusedVerdict(status), id, lineage, expiresAt: toTimestampOrNull(key.expiresAt) };
    case "rotated": {
      const { graceEndsAt, successor } = key;
      return { ...refusedVerdict(status), id, lineage, graceEndsAt: toTimestampOrNull(graceEndsAt), successor };
    }
    case "disabled":
      return { ...refusedVerdict(status), id, lineage };
    default:
      return undefined;
  }
};

const scopesMissing = (key: ApiKey, { scopes, anyScope }: ValidateKey): readonly string[] => {
  const missing = missingScopes(key.scopes, scopes);
  const hasOne = anyScope.length === 0 || missingScopes(key.scopes, anyScope).length < anyScope.length;
  return hasOne ? missing : [...missing, ...anyScope];
};

const warningsOf = (key: ApiKey, now: number): Warning[] => {
  const { successor, graceEndsAt } = key;
  if (!isInGrace(key, now) || successor === null || graceEndsAt === null) return [];
  return [{ code: "rotating", successor, graceEndsAt: toTimestamp(graceEndsAt) }];
};

const judge = (key: ApiKey, command: ValidateKey, now: number): Verdict => {
  const refused = refusedByStatus(key, now);
  if (refused) return refused;

  const { id, lineage, owner, name, prefix, scopes, metadata } = key;
  const missing = scopesMissing(key, command);
  if (missing.length > 0) return { ...refusedVerdict("insufficient_scope"), id, lineage, missing };
  return {
    valid: true,
    code: "valid",
    id,
    lineage,
    owner,
    name,
    prefix,
    scopes,
    metadata,
    expiresAt: toTimestampOrNull(key.expiresAt),
    validUntil: toTimestampOrNull(validUntil(key)),
    warnings: warningsOf(key, now),
  };
};

const hour = 3_600_000;

const reportTampering = ({ clock, events }: Ports, stored: StoredApiKey, caller: Caller): void => {
  if (events.happenedSince("key.tampered", stored.key.id, clock.now() - hour)) return;
  events.append({ type: "key.tampered", subject: subjectOfStored(stored) }, caller);
};

/**
 * How it ended is counted. What an accepted key leaves behind besides: its last use, and once in the life of a successor
 * its first, which is durable.
 */
const record = ({ apiKeys, validations }: Ports, stored: StoredApiKey, { code, valid }: Verdict, now: number): void => {
  const { key } = stored;
  if (isOutcome(code)) validations.note(key.id, code, now);
  if (!valid) return;
  apiKeys.noteUse(key.id, now);
  if (key.predecessor !== null && key.firstUsedAt === null) apiKeys.save(stored, { ...key, firstUsedAt: now });
};

/** Answers a verdict: a key that is not good is an answer, not a failure. */
export const validateKey = (ports: Ports) => (command: ValidateKey, caller: Caller) => {
  const stored = ports.apiKeys.findBySecret(command.id, command.digest);
  if (!stored) return succeed<Verdict>(refusedVerdict("unknown"));
  const { key, tampered } = stored;
  if (tampered) {
    ports.validations.note(key.id, "tampered", ports.clock.now());
    reportTampering(ports, stored, caller);
    return succeed<Verdict>(refusedVerdict(maySeeAnyOwner(caller.grants, "keys:validate") ? "tampered" : "unknown"));
  }
  if (!maySee(caller.grants, "keys:validate", key)) return succeed<Verdict>(refusedVerdict("unknown"));

  const now = ports.clock.now();
  const verdict = judge(key, command, now);
  record(ports, stored, verdict, now);
  if (verdict.code === "expired" || verdict.code === "rotated") ports.clock.remember(validUntil(key) ?? 0);
  return succeed(verdict);
};
