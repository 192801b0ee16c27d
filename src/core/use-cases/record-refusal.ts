import type { Caller } from "../access/caller.ts";
import { tellRefusal } from "../access/tell-refusal.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";

/** Sent by the Worker after it refused somebody it knows, or somebody with a wrong token of the deployer. */
export interface RecordRefusal {
  readonly type: "record-refusal";
  /** The code of the refusal. */
  readonly code: string;
  /** Method and path as they are declared, never as they were sent. */
  readonly route: string;
}

/** Before the set-up nothing is written: not anybody who asks decides under which secrets a store begins. */
export const recordRefusal =
  (ports: Ports) =>
  ({ code, route }: RecordRefusal, caller: Caller) => {
    if (ports.settings.setUpAt() !== null) tellRefusal(ports, caller, code, route);
    return succeed({ code });
  };
