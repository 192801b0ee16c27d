import type { Caller } from "../access/caller.ts";
import { isVisible } from "../access/visibility.ts";
import { toTimestamp } from "../api-key/key-view.ts";
import { dayMs } from "../api-key/standing.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

/** How the validations of a key ended, hour by hour. */
export interface GetKeyUsage {
  readonly type: "get-key-usage";
  readonly id: string;
  /** Hours that begin at this time or later; null is 7 days before `until`. */
  readonly since: number | null;
  /** Hours that begin before this time; null is now. */
  readonly until: number | null;
}

const daysDefault = 7;
const daysMax = 31;

export const getKeyUsage =
  ({ clock, apiKeys, validations }: Ports) =>
  (command: GetKeyUsage, caller: Caller) => {
    const { id } = command;
    const until = command.until ?? Math.max(clock.now() + 1, command.since ?? 0);
    const since = command.since ?? until - daysDefault * dayMs;
    if (until < since) return refuse({ code: "invalid_span", parameter: "until", must: "not be before `since`" });
    if (until - since > daysMax * dayMs) {
      return refuse({ code: "invalid_span", parameter: "since", must: `be ${daysMax} days before \`until\` at most` });
    }
    const stored = apiKeys.find(id);
    if (!stored || !isVisible(caller.grants, "keys:read", stored)) return refuse({ code: "key_not_found", id });
    const hours = validations.ofKey(id, since, until);
    return succeed({ buckets: hours.map(({ hour, outcomes }) => ({ hour: toTimestamp(hour), outcomes })) });
  };
