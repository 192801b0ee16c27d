import type { Caller } from "../access/caller.ts";
import type { Ports } from "../ports.ts";
import { isSamePair, startedRun } from "../reencryption.ts";
import type { Primaries } from "../register.ts";
import { succeed } from "../result.ts";
import { isDone, type ObjectReport, reportOf } from "../system-report.ts";

/** Brings every record under the primaries: of the admin object, whose own they are, and then of every other. */
export interface StartReencryption {
  readonly type: "start-reencryption";
  /** Null: the object's own. */
  readonly target: Primaries | null;
  /** An object that is through looks through its records once more. */
  readonly again: boolean;
}

const aimAt = (ports: Ports, target: Primaries, again: boolean, caller: Caller): void => {
  const { clock, events, protection, settings } = ports;
  const known = settings.reencryption();
  if (known?.state === "running" && isSamePair(known.target, target)) return;
  if (!again && isDone(reportOf(ports), target)) return;
  settings.recordReencryption(startedRun(known, target, clock.now()));
  const changes = {
    encryption: { from: known?.target.encryption ?? null, to: target.encryption },
    hmac: { from: known?.target.hmac ?? null, to: target.hmac },
  };
  const subject = { kind: "system", id: protection.object } as const;
  events.append({ type: "system.reencrypt_started", subject, changes }, caller);
};

/** Does nothing while it runs, goes on where it was paused, and looks through all records again where everything is done. */
export const startReencryption =
  (ports: Ports) =>
  ({ target, again }: StartReencryption, caller: Caller) => {
    aimAt(ports, target ?? ports.protection.primaries(), again, caller);
    return succeed<readonly ObjectReport[]>([reportOf(ports)]);
  };
