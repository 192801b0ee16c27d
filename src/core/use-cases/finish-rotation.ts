import type { Caller } from "../access/caller.ts";
import { findGenuineKey } from "../access/find-key.ts";
import { finishGrace } from "../api-key/api-key.ts";
import { toTimestampOrNull, viewOf } from "../api-key/key-view.ts";
import { isInGrace } from "../api-key/lifecycle.ts";
import { subjectOf } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import type { Conditional } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";

/** The old key stops working now instead of at the end of its grace. */
export interface FinishRotation extends Conditional {
  readonly type: "finish-rotation";
  readonly id: string;
}

export const finishRotation =
  ({ clock, apiKeys, events }: Ports) =>
  (command: FinishRotation, caller: Caller) => {
    const found = findGenuineKey(apiKeys, caller.grants, "keys:rotate", command);
    if (!found.ok) return found;
    const now = clock.now();
    const { key } = found.value;
    if (!isInGrace(key, now)) return refuse({ code: "not_rotating" });

    const finished = finishGrace(key, now);
    apiKeys.save(found.value, finished);
    const graceEndsAt = { from: toTimestampOrNull(key.graceEndsAt), to: toTimestampOrNull(finished.graceEndsAt) };
    events.append({ type: "key.rotation_finished", subject: subjectOf(finished), changes: { graceEndsAt } }, caller);
    return succeed(viewOf({ ...found.value, key: finished }, now));
  };
