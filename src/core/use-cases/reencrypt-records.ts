import type { Caller } from "../access/caller.ts";
import type { Ports } from "../ports.ts";
import { continuedRun, isSamePair, type Reencryption } from "../reencryption.ts";
import { succeed } from "../result.ts";

/** One step of a run that was started. Sent by the object to itself. */
export interface ReencryptRecords {
  readonly type: "reencrypt-records";
}

/** `waiting`: this object does not write under the secrets of the run yet, because its deployment is an older one. */
type Progress = "idle" | "waiting" | "running";

/**
 * Record by record: what is as it was written is made anew under the primaries, what is not stays as it is. A step is
 * one turn, records and position together, so that nothing comes between them and a crash loses or repeats none.
 */
export const reencryptRecords = (ports: Ports) => (_command: ReencryptRecords, caller: Caller) => {
  const { clock, limits, protection, settings } = ports;
  const run = settings.reencryption();
  if (run?.state !== "running") return succeed<Progress>("idle");
  if (!isSamePair(run.target, protection.primaries())) return succeed<Progress>("waiting");

  const part = protection.renew(run.place, limits.renewedRowsMax);
  const after = continuedRun(run, part, clock.now());
  if (after.state === "done") finish(ports, after, caller);
  settings.recordReencryption(after);
  return succeed<Progress>(after.state === "running" ? "running" : "idle");
};

/** What no record needs any more is said to be retired, unless somebody has to look into one first. */
const finish = ({ events, protection }: Ports, run: Reencryption, caller: Caller): void => {
  if (!run.isHeldUp) protection.retireOthers();
  const changes = {
    moved: { from: 0, to: run.moved },
    quarantined: { from: 0, to: run.quarantinedCount },
  };
  const subject = { kind: "system", id: protection.object } as const;
  events.append({ type: "system.reencrypt_finished", subject, changes }, caller);
};
