import type { Caller } from "../access/caller.ts";
import { isVisible } from "../access/visibility.ts";
import type { StoredApiKey } from "../api-key/api-key.ts";
import { type KeySearch, matchesSearch } from "../api-key/key-search.ts";
import { type KeyView, viewOf } from "../api-key/key-view.ts";
import type { ShardPage } from "../api-key/merge-pages.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";

export interface ListKeys {
  readonly type: "list-keys";
  readonly search: KeySearch;
  /** Only keys older than this id. */
  readonly before: string | null;
  readonly limit: number;
}

/** Looks at a bounded number of keys; a page may be short, or empty, while older keys are left. */
export const listKeys =
  ({ clock, apiKeys, limits }: Ports) =>
  ({ search, before, limit }: ListKeys, caller: Caller) => {
    const now = clock.now();
    const found: KeyView[] = [];
    let examined = 0;
    let examinedTo: string | null = null;
    const isWanted = (stored: StoredApiKey): boolean =>
      matchesSearch(search, stored.key, now) && isVisible(caller.grants, "keys:read", stored);

    for (const stored of apiKeys.newestFirst(search, before)) {
      if (found.length === limit || examined === limits.examinedRowsMax) {
        return succeed<ShardPage<KeyView>>({ items: found, examinedTo, finished: false });
      }
      if (isWanted(stored)) found.push(viewOf(stored, now));
      examined += 1;
      examinedTo = stored.key.id;
    }
    return succeed<ShardPage<KeyView>>({ items: found, examinedTo, finished: true });
  };
