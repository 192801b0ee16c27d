import type { Caller } from "../access/caller.ts";
import { holdsUnconstrained } from "../access/decide.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";
import type { VerifiedChain } from "../verified-chain.ts";

export interface VerifyEvents {
  readonly type: "verify-events";
  /** Where an earlier part ended; null begins with the first object. */
  readonly after: VerifiedPlace | null;
}

/** Everything in the objects before this one, and in this one up to this event, has been looked at. */
export interface VerifiedPlace {
  readonly object: string;
  readonly sequence: number;
}

export interface VerifiedPart {
  readonly chains: readonly VerifiedChain[];
  /** Where to go on; null when everything was looked at. */
  readonly verifiedTo: VerifiedPlace | null;
}

/** It takes an object some 35 ms, in which it does nothing else. */
const verifiedAtOnce = 1000;

/** Checks a bounded part of the object's chain of events. */
export const verifyEvents =
  ({ eventLog, limits }: Ports) =>
  ({ after }: VerifyEvents, caller: Caller) => {
    if (!holdsUnconstrained(caller.grants, "events:read")) {
      return refuse({ code: "forbidden", permission: "events:read" });
    }
    const { chain, isThrough } = eventLog.verify(
      after?.sequence ?? null,
      Math.min(verifiedAtOnce, limits.examinedRowsMax),
    );
    const verifiedTo = isThrough ? null : { object: chain.object, sequence: chain.verifiedThrough };
    return succeed<VerifiedPart>({ chains: [chain], verifiedTo });
  };
