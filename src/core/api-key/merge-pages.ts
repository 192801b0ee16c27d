/** What one shard found: its matches, newest first, and how far it looked. */
export interface ShardPage<Item> {
  readonly items: readonly Item[];
  /** Where the last one looked at stands, whether it matched or not; null when there was none. */
  readonly examinedTo: string | null;
  /** Nothing older is left in this shard. */
  readonly finished: boolean;
}

export interface MergedPage<Item> {
  readonly items: readonly Item[];
  /** Everything newer than this, and this, has been examined in every shard; null when nothing is left anywhere. */
  readonly examinedTo: string | null;
}

/** Positions sort by plain code units, never by a locale, the newest highest: for keys they are the ids. */
const newestFirst = (one: string, other: string): number => (one === other ? 0 : one < other ? 1 : -1);

/**
 * Merges what the shards found into one page. Below the newest frontier of the shards that did not finish, some shard
 * has not looked yet, so what others found there waits for the next page and is examined again.
 */
export const mergePages = <Item>(
  pages: readonly ShardPage<Item>[],
  limit: number,
  positionOf: (item: Item) => string,
): MergedPage<Item> => {
  const frontier = pages
    .flatMap(({ finished, examinedTo }) => (finished || examinedTo === null ? [] : [examinedTo]))
    .toSorted(newestFirst)[0];
  const settled = pages
    .flatMap(({ items }) => items)
    .filter((item) => frontier === undefined || positionOf(item) >= frontier)
    .toSorted((one, other) => newestFirst(positionOf(one), positionOf(other)));
  const items = settled.slice(0, limit);
  const last = items.at(-1);
  if (settled.length > limit && last) return { items, examinedTo: positionOf(last) };
  return { items, examinedTo: frontier ?? null };
};
