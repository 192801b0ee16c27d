import type { Caller } from "../access/caller.ts";
import { mayGrant } from "../access/decide.ts";
import { findKeyToGrant } from "../access/find-key.ts";
import type { Grant } from "../access/permissions.ts";
import type { ApiKey, KeyChanges, Metadata } from "../api-key/api-key.ts";
import { toTimestampOrNull, viewOf } from "../api-key/key-view.ts";
import { isRotatedOut } from "../api-key/lifecycle.ts";
import { update } from "../api-key/living-record.ts";
import { mergePatch } from "../api-key/merge-patch.ts";
import { metadataFault } from "../api-key/values.ts";
import { differences, subjectOf } from "../audit-event.ts";
import type { ApiKeys, Ports } from "../ports.ts";
import { type Conditional, isMet } from "../precondition.ts";
import { type Refusal, refuse, succeed } from "../result.ts";

export interface UpdateKey extends Conditional {
  readonly type: "update-key";
  readonly id: string;
  /** What is not named stays. */
  readonly changes: Omit<KeyChanges, "metadata">;
  /** A merge patch, or null for no metadata at all. */
  readonly metadata?: Metadata | null;
  /** Goes into the event. */
  readonly reason?: string | null;
}

const wantedOf = (key: ApiKey, { changes, metadata }: UpdateKey): KeyChanges => {
  if (metadata === undefined) return changes;
  return { ...changes, metadata: metadata === null ? {} : mergePatch(key.metadata, metadata) };
};

const told = ({ name, owner, scopes, metadata, expiresAt, enabled }: ApiKey) => ({
  name,
  owner,
  scopes,
  metadata,
  expiresAt: toTimestampOrNull(expiresAt),
  enabled,
});

const isPast = (expiresAt: number | null | undefined, now: number): boolean =>
  expiresAt !== undefined && expiresAt !== null && expiresAt <= now;

/** One single role must allow what the key was and what it becomes: roles are never combined. */
const mayTurn = (grants: readonly Grant[], before: ApiKey, after: ApiKey): boolean =>
  grants.some((grant) => [before, after].every((key) => mayGrant([grant], "keys:update", key, key.scopes)));

/** That it is not in the version meant is told before that it was tampered with, as everywhere. */
const staleBeforeTampered = <Found extends Refusal<{ readonly code: string }>>(
  apiKeys: ApiKeys,
  found: Found,
  command: UpdateKey,
) => {
  const version = found.failure.code === "tampered" ? apiKeys.find(command.id)?.key.version : undefined;
  return version === undefined || isMet(command, version) ? found : refuse({ code: "version_mismatch", version });
};

const refusalOf = (key: ApiKey, command: UpdateKey, now: number) => {
  if (!isMet(command, key.version)) return refuse({ code: "version_mismatch", version: key.version });
  if (key.revokedAt !== null) return refuse({ code: "key_revoked" });
  return isRotatedOut(key, now) ? refuse({ code: "key_rotated" }) : undefined;
};

export const updateKey =
  ({ clock, apiKeys, events }: Ports) =>
  (command: UpdateKey, caller: Caller) => {
    const found = findKeyToGrant(apiKeys, caller.grants, "keys:update", { id: command.id });
    const now = clock.now();
    const { expiresAt } = command.changes;
    const staysExpired = found.ok && found.value.key.expiresAt === expiresAt;
    if (isPast(expiresAt, now) && !staysExpired) return refuse({ code: "expiry_in_the_past" });
    if (!found.ok) return staleBeforeTampered(apiKeys, found, command);
    const { key } = found.value;
    const wanted = wantedOf(key, command);
    const detail = wanted.metadata && metadataFault(wanted.metadata);
    if (detail) return refuse({ code: "invalid_metadata", detail });

    const updated = update(key, wanted, now);
    if (!mayTurn(caller.grants, key, updated)) return refuse({ code: "exceeds_grantor" });
    const refusal = refusalOf(key, command, now);
    if (refusal) return refusal;

    const changes = differences(told(key), told(updated));
    if (Object.keys(changes).length === 0) return succeed(viewOf(found.value, now));
    apiKeys.save(found.value, updated);
    const { reason = null } = command;
    events.append({ type: "key.updated", subject: subjectOf(updated), changes, reason }, caller);
    return succeed(viewOf({ ...found.value, key: updated }, now));
  };
