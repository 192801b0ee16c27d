import type { Caller } from "../access/caller.ts";
import { tellSuppressed } from "../access/tell-refusal.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";

/** Sent by the object to itself. */
export interface TellSuppressedRefusals {
  readonly type: "tell-suppressed-refusals";
}

export const tellSuppressedRefusals = (ports: Ports) => (_command: TellSuppressedRefusals, caller: Caller) => {
  tellSuppressed(ports, caller);
  return succeed({ nextAt: ports.refusedAttempts.nextSuppressedAt });
};
