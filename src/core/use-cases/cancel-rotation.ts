import type { Caller } from "../access/caller.ts";
import { mayGrant } from "../access/decide.ts";
import { findKeyToGrant } from "../access/find-key.ts";
import { isVisible } from "../access/visibility.ts";
import { type ApiKey, isLive, type StoredApiKey, takeBackRotation } from "../api-key/api-key.ts";
import { viewOf } from "../api-key/key-view.ts";
import { isInGrace } from "../api-key/lifecycle.ts";
import { revoke } from "../api-key/living-record.ts";
import { subjectOf, subjectOfStored } from "../audit-event.ts";
import type { ApiKeys, Ports } from "../ports.ts";
import type { Conditional } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";

/** The old key is the key again, and its successor is revoked. */
export interface CancelRotation extends Conditional {
  readonly type: "cancel-rotation";
  readonly id: string;
  /** Although the successor is in use already. */
  readonly force: boolean;
}

/** Of a tampered successor nobody knows whether it was used. */
const isInUse = ({ key, tampered }: StoredApiKey): boolean => key.firstUsedAt !== null || tampered;

/** Cancelling revokes the successor, so what stands against that stands against the cancelling. */
const refusalFor = (key: ApiKey, successor: StoredApiKey, { force }: CancelRotation, { grants }: Caller) => {
  const { id, successor: next } = successor.key;
  const oneRoleAllows = grants.some(
    (grant) => mayGrant([grant], "keys:rotate", key, key.scopes) && isVisible([grant], "keys:rotate", successor),
  );
  if (!oneRoleAllows) return refuse({ code: "forbidden", permission: "keys:rotate" });
  if (next !== null) return refuse({ code: "successor_rotated", successor: id });
  return isInUse(successor) && !force ? refuse({ code: "successor_in_use", successor: id }) : undefined;
};

/** A deleted successor tells nothing any more, but whatever came after it does: two keys would head the lineage. */
const refusalForDeleted = (apiKeys: ApiKeys, lineage: string, successor: string) =>
  apiKeys.lineage(lineage).some(({ key }) => key.id > successor)
    ? refuse({ code: "successor_rotated", successor })
    : undefined;

export const cancelRotation =
  ({ clock, apiKeys, events }: Ports) =>
  (command: CancelRotation, caller: Caller) => {
    const found = findKeyToGrant(apiKeys, caller.grants, "keys:rotate", command);
    if (!found.ok) return found;
    const now = clock.now();
    const { key } = found.value;
    if (key.successor === null || !isInGrace(key, now)) return refuse({ code: "not_rotating" });
    const successor = apiKeys.find(key.successor);
    const refusal = successor
      ? refusalFor(key, successor, command, caller)
      : refusalForDeleted(apiKeys, key.lineage, key.successor);
    if (refusal) return refusal;

    const restored = takeBackRotation(key, now);
    apiKeys.save(found.value, restored);
    const change = { from: key.successor, to: null };
    events.append(
      { type: "key.rotation_cancelled", subject: subjectOf(restored), changes: { successor: change } },
      caller,
    );
    if (successor && isLive(successor)) {
      const reason = "rotation_cancelled";
      const revoked = revoke(successor.key, { reason, note: null }, now);
      apiKeys.save(successor, revoked);
      events.append({ type: "key.revoked", subject: subjectOfStored(successor), reason }, caller);
    }
    return succeed(viewOf({ ...found.value, key: restored }, now));
  };
