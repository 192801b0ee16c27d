import type { Caller } from "../access/caller.ts";
import { findKey } from "../access/find-key.ts";
import { statusOf } from "../api-key/lifecycle.ts";
import { subjectOfStored } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import type { Conditional } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";

/** The record goes; its events stay. */
export interface DeleteKey extends Conditional {
  readonly type: "delete-key";
  readonly id: string;
}

export const deleteKey =
  ({ clock, apiKeys, events }: Ports) =>
  (command: DeleteKey, caller: Caller) => {
    const found = findKey(apiKeys, caller.grants, "keys:delete", command);
    if (!found.ok) return found;
    const { key, tampered } = found.value;
    const status = statusOf(key, clock.now());
    const isDead = status === "revoked" || status === "expired" || status === "rotated";
    if (!isDead && !tampered) return refuse({ code: "key_still_live", keyStatus: status });

    apiKeys.remove(found.value);
    events.append({ type: "key.deleted", subject: subjectOfStored(found.value) }, caller);
    const { id, owner, prefix, scopes } = key;
    return succeed({ id, owner, prefix, scopes });
  };
