import type { Caller } from "../access/caller.ts";
import { findKeyToGrant } from "../access/find-key.ts";
import { type ApiKey, replaceBy, succeedTo } from "../api-key/api-key.ts";
import { hintOf } from "../api-key/key-string.ts";
import { toTimestampOrNull, viewOf, viewOfNew } from "../api-key/key-view.ts";
import { statusOf } from "../api-key/lifecycle.ts";
import { subjectOf } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import type { Conditional } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";

export interface RotateKey extends Conditional {
  readonly type: "rotate-key";
  readonly id: string;
  readonly graceSeconds: number;
}

const refusalOf = (key: ApiKey, now: number) => {
  const status = statusOf(key, now);
  if (status === "revoked") return refuse({ code: "key_revoked" });
  if (status === "expired") return refuse({ code: "key_expired" });
  if (key.successor !== null) return refuse({ code: "already_rotated", successor: key.successor });
  return status === "disabled" ? refuse({ code: "key_disabled" }) : undefined;
};

/** A new secret under a new id in the same lineage; the old one works on until its grace ends. */
export const rotateKey =
  ({ clock, mint, apiKeys, events }: Ports) =>
  (command: RotateKey, caller: Caller) => {
    const found = findKeyToGrant(apiKeys, caller.grants, "keys:rotate", command);
    if (!found.ok) return found;
    const now = clock.now();
    const old = found.value.key;
    const refusal = refusalOf(old, now);
    if (refusal) return refusal;

    const bareId = mint.bareId();
    const keyString = mint.keyString(old.prefix, bareId);
    const successor = succeedTo(old, `key_${bareId}`, hintOf(keyString, old.prefix), now);
    const replaced = replaceBy(old, successor.id, command.graceSeconds, now);
    apiKeys.insert(successor, keyString);
    apiKeys.save(found.value, replaced);
    events.append(
      {
        type: "key.rotated",
        subject: subjectOf(replaced),
        changes: {
          successor: { from: null, to: successor.id },
          graceEndsAt: { from: null, to: toTimestampOrNull(replaced.graceEndsAt) },
        },
      },
      caller,
    );
    return succeed({
      ...viewOfNew(successor, now),
      key: keyString,
      replaced: viewOf({ ...found.value, key: replaced }, now),
    });
  };
