import type { Caller } from "../access/caller.ts";
import { findKeyToGrant } from "../access/find-key.ts";
import { subjectOf } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import type { Conditional } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";

/** Shows the secret of a recoverable key once more, and writes down who wanted it and why. */
export interface RevealKey extends Conditional {
  readonly type: "reveal-key";
  readonly id: string;
  readonly reason: string;
}

export const revealKey =
  ({ apiKeys, events }: Ports) =>
  (command: RevealKey, caller: Caller) => {
    const found = findKeyToGrant(apiKeys, caller.grants, "keys:reveal", command);
    if (!found.ok) return found;
    const { key } = found.value;
    if (!key.recoverable) return refuse({ code: "not_recoverable" });
    if (key.revokedAt !== null) return refuse({ code: "key_revoked" });

    const keyString = apiKeys.keyString(key.id);
    if (keyString === undefined)
      throw new Error(`the envelope of ${key.id} does not open although its record is genuine`);
    events.append({ type: "key.revealed", subject: subjectOf(key), note: command.reason }, caller);
    return succeed({ key: keyString });
  };
