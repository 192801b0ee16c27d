import type { Caller } from "../access/caller.ts";
import { findKeyToGrant } from "../access/find-key.ts";
import { hintOf } from "../api-key/key-string.ts";
import { toTimestampOrNull, viewOf, viewOfNew } from "../api-key/key-view.ts";
import { rotationRefusal, tooManyInGrace } from "../api-key/lifecycle.ts";
import { replaceBy, succeedTo } from "../api-key/living-record.ts";
import { subjectOf } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import type { Conditional } from "../precondition.ts";
import { succeed } from "../result.ts";

export interface RotateKey extends Conditional {
  readonly type: "rotate-key";
  readonly id: string;
  readonly graceSeconds: number;
}

/** A new secret under a new id in the same lineage; the old one works on until its grace ends. */
export const rotateKey =
  ({ clock, mint, apiKeys, events }: Ports) =>
  (command: RotateKey, caller: Caller) => {
    const found = findKeyToGrant(apiKeys, caller.grants, "keys:rotate", command);
    if (!found.ok) return found;
    const now = clock.now();
    const old = found.value.key;
    const lineage = () => apiKeys.lineage(old.lineage).map(({ key }) => key);
    const refusal = rotationRefusal(old, now) ?? tooManyInGrace(lineage(), now);
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
