import type { Caller } from "../access/caller.ts";
import { mayGrant } from "../access/decide.ts";
import { findKeyToGrant } from "../access/find-key.ts";
import { type ApiKey, type KeyChanges, type Metadata, update } from "../api-key/api-key.ts";
import { toTimestampOrNull, viewOf } from "../api-key/key-view.ts";
import { isRotatedOut } from "../api-key/lifecycle.ts";
import { mergePatch } from "../api-key/merge-patch.ts";
import { metadataFault } from "../api-key/values.ts";
import { type Changes, subjectOf } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import type { Conditional } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";

export interface UpdateKey extends Conditional {
  readonly type: "update-key";
  readonly id: string;
  /** What is not named stays. */
  readonly changes: Omit<KeyChanges, "metadata">;
  /** A merge patch, or null for no metadata at all. */
  readonly metadata?: Metadata | null;
}

const fields = ["name", "owner", "scopes", "metadata", "expiresAt", "enabled"] as const;

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const wantedOf = (key: ApiKey, { changes, metadata }: UpdateKey): KeyChanges => {
  if (metadata === undefined) return changes;
  return { ...changes, metadata: metadata === null ? {} : mergePatch(key.metadata, metadata) };
};

const told = (key: ApiKey, field: (typeof fields)[number]) =>
  field === "expiresAt" ? toTimestampOrNull(key.expiresAt) : key[field];

const differences = (before: ApiKey, after: ApiKey): Changes =>
  Object.fromEntries(
    fields
      .filter((field) => !isSame(before[field], after[field]))
      .map((field) => [field, { from: told(before, field), to: told(after, field) }]),
  );

const valueFault = (key: ApiKey, { expiresAt, metadata }: KeyChanges, now: number) => {
  const isNewExpiry = expiresAt !== undefined && expiresAt !== null && expiresAt !== key.expiresAt;
  if (isNewExpiry && expiresAt <= now) return refuse({ code: "expiry_in_the_past" });
  const detail = metadata && metadataFault(metadata);
  return detail ? refuse({ code: "invalid_metadata", detail }) : undefined;
};

export const updateKey =
  ({ clock, apiKeys, events }: Ports) =>
  (command: UpdateKey, caller: Caller) => {
    const found = findKeyToGrant(apiKeys, caller.grants, "keys:update", command);
    if (!found.ok) return found;
    const now = clock.now();
    const { key } = found.value;
    const wanted = wantedOf(key, command);
    const fault = valueFault(key, wanted, now);
    if (fault) return fault;

    const updated = update(key, wanted, now);
    if (!mayGrant(caller.grants, "keys:update", updated, updated.scopes)) return refuse({ code: "exceeds_grantor" });
    if (key.revokedAt !== null) return refuse({ code: "key_revoked" });
    if (isRotatedOut(key, now)) return refuse({ code: "key_rotated" });

    const changes = differences(key, updated);
    if (Object.keys(changes).length === 0) return succeed(viewOf(found.value, now));
    apiKeys.save(found.value, updated);
    events.append({ type: "key.updated", subject: subjectOf(updated), changes }, caller);
    return succeed(viewOf({ ...found.value, key: updated }, now));
  };
