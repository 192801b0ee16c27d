import type { Caller } from "../access/caller.ts";
import type { KeySearch } from "../api-key/key-search.ts";
import { isRotatedOut } from "../api-key/lifecycle.ts";
import { subjectOf } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";

/** Deletes keys whose rotation is long over. Sent by the object to itself; it changes no verdict but `rotated` to `unknown`. */
export interface PurgeRotatedKeys {
  readonly type: "purge-rotated-keys";
  readonly retentionDays: number;
  /** Only keys older than this id. */
  readonly before: string | null;
}

const dayMs = 86_400_000;
const rotated: KeySearch = {
  ids: [],
  owners: [],
  statuses: ["rotated"],
  prefixes: [],
  scopes: [],
  lineages: [],
  words: [],
};

/** Looks at a bounded number of keys and answers how far it came; null when there was nothing older. */
export const purgeRotatedKeys =
  ({ clock, apiKeys, events, limits }: Ports) =>
  ({ retentionDays, before }: PurgeRotatedKeys, caller: Caller) => {
    const endedBefore = clock.now() - retentionDays * dayMs;
    const examined = [...apiKeys.newestFirst(rotated, before)].slice(0, limits.examinedRowsMax);
    for (const stored of examined) {
      const { key, tampered } = stored;
      if (tampered || !isRotatedOut(key, endedBefore) || (key.graceEndsAt ?? 0) > endedBefore) continue;
      apiKeys.remove(stored);
      events.append({ type: "key.deleted", subject: subjectOf(key), reason: "retention" }, caller);
    }
    const last = examined.length === limits.examinedRowsMax ? examined.at(-1) : undefined;
    return succeed({ examinedTo: last?.key.id ?? null });
  };
