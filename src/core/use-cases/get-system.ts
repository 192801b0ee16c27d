import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";
import { type ObjectReport, reportOf } from "../system-report.ts";

/** How each object is: its keys, the secrets that protect it, its re-encryption. */
export interface GetSystem {
  readonly type: "get-system";
}

export const getSystem = (ports: Ports) => (_command: GetSystem) => succeed<readonly ObjectReport[]>([reportOf(ports)]);
