import type { Caller } from "../access/caller.ts";
import type { StoredApiKey } from "../api-key/api-key.ts";
import { anyKey, type KeySearch } from "../api-key/key-search.ts";
import { statusOf } from "../api-key/lifecycle.ts";
import { dayMs } from "../api-key/standing.ts";
import { subjectOf } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";

/** Deletes keys whose rotation is long over. Sent by the object to itself; it changes no verdict but `rotated` to `unknown`. */
export interface PurgeRotatedKeys {
  readonly type: "purge-rotated-keys";
  readonly retentionDays: number;
}

const rotated: KeySearch = { ...anyKey, statuses: ["rotated"] };

const boundedPart = (keys: Iterable<StoredApiKey>, count: number): StoredApiKey[] => {
  const part: StoredApiKey[] = [];
  for (const key of keys) {
    part.push(key);
    if (part.length === count) break;
  }
  return part;
};

/** Once a day through all keys, a bounded number at a time; answers whether there is more to do at once. */
export const purgeRotatedKeys =
  ({ clock, apiKeys, events, settings, limits }: Ports) =>
  ({ retentionDays }: PurgeRotatedKeys, caller: Caller) => {
    const now = clock.now();
    const last = settings.purge();
    const isUnderWay = last !== null && last.examinedTo !== null;
    if (last !== null && !isUnderWay && now - last.at < dayMs) return succeed({ isUnderWay: false });

    const isLongOver = ({ key, tampered }: StoredApiKey): boolean =>
      statusOf(key, now) === "rotated" && (key.graceEndsAt ?? now) <= now - retentionDays * dayMs && !tampered;
    const examined = boundedPart(apiKeys.newestFirst(rotated, last?.examinedTo ?? null), limits.examinedRowsMax);
    for (const stored of examined.filter(isLongOver)) {
      apiKeys.remove(stored);
      events.append({ type: "key.deleted", subject: subjectOf(stored.key), reason: "retention" }, caller);
    }
    const isCut = examined.length === limits.examinedRowsMax;
    settings.recordPurge({ at: now, examinedTo: isCut ? (examined.at(-1)?.key.id ?? null) : null });
    return succeed({ isUnderWay: isCut });
  };
