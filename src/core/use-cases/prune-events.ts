import { dayMs } from "../api-key/standing.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";

/** Removes events that are older than they have to be kept. Sent by the object to itself. */
export interface PruneEvents {
  readonly type: "prune-events";
  readonly retentionDays: number;
}

const prunedAtOnce = 1000;

/** A bounded number at a time, the oldest first; answers whether there is more to do at once, and what comes due next. */
export const pruneEvents =
  ({ clock, eventLog, limits }: Ports) =>
  ({ retentionDays }: PruneEvents) => {
    const retentionMs = retentionDays * dayMs;
    const atMost = Math.min(prunedAtOnce, limits.examinedRowsMax);
    const isUnderWay = eventLog.prune(clock.now() - retentionMs, atMost);
    const oldestAt = eventLog.oldestAt();
    return succeed({ isUnderWay, dueInMs: oldestAt === null ? null : oldestAt + retentionMs - clock.now() });
  };
