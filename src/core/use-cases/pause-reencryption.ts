import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";
import { type ObjectReport, reportOf } from "../system-report.ts";

/** Stops after the step that is under way; a start goes on from there. */
export interface PauseReencryption {
  readonly type: "pause-reencryption";
}

export const pauseReencryption = (ports: Ports) => (_command: PauseReencryption) => {
  const run = ports.settings.reencryption();
  if (run?.state === "running") ports.settings.recordReencryption({ ...run, state: "paused" });
  return succeed<readonly ObjectReport[]>([reportOf(ports)]);
};
