import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergePages, type ShardPage } from "../../src/core/api-key/merge-pages.ts";
import { runs } from "../support/property-runs.ts";

interface Row {
  readonly id: string;
  readonly isMatch: boolean;
}

const newestFirst = (one: Row, other: Row): number => (one.id < other.id ? 1 : -1);

/** Looks at no more rows than it may, stops at the limit, and says "finished" only when it has met the end. */
const readShard = (rows: readonly Row[], before: string | null, limit: number, rowsMax: number): ShardPage<Row> => {
  const older = rows.filter(({ id }) => before === null || id < before).toSorted(newestFirst);
  const items: Row[] = [];
  let examinedTo: string | null = null;
  for (const [examined, row] of older.entries()) {
    if (examined === rowsMax || items.length === limit) return { items, examinedTo, finished: false };
    if (row.isMatch) items.push(row);
    examinedTo = row.id;
  }
  return { items, examinedTo, finished: true };
};

interface Store {
  readonly shards: Row[][];
  readonly limitAt: (page: number) => number;
  readonly rowsMaxAt: (page: number, shard: number) => number;
  readonly betweenPages?: (page: number) => void;
}

/** Page after page until nothing is left; the bound keeps a walk that stands still from running for ever. */
const walk = ({ shards, limitAt, rowsMaxAt, betweenPages }: Store): Row[][] => {
  const pages: Row[][] = [];
  const pagesMax = shards.flat().length + 200;
  let before: string | null = null;
  do {
    const limit = limitAt(pages.length);
    const read = shards.map((rows, shard) => readShard(rows, before, limit, rowsMaxAt(pages.length, shard)));
    const merged = mergePages(read, limit, ({ id }) => id);
    expect(merged.items.length).toBeLessThanOrEqual(limit);
    pages.push([...merged.items]);
    before = merged.examinedTo;
    betweenPages?.(pages.length);
  } while (before !== null && pages.length < pagesMax);
  expect(before).toBeNull();
  return pages;
};

const idAt = (place: number): string => `key_${String(place).padStart(20, "0")}`;
const placements = fc.array(fc.record({ shard: fc.nat(6), isMatch: fc.boolean() }), { maxLength: 80 });
const bounds = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 });

const spread = (placed: readonly { readonly shard: number; readonly isMatch: boolean }[]): Row[][] => {
  const shards: Row[][] = Array.from({ length: 7 }, () => []);
  for (const [place, { shard, isMatch }] of placed.entries()) shards[shard]?.push({ id: idAt(place * 10), isMatch });
  return shards;
};

const matchesOf = (shards: readonly Row[][]): string[] =>
  shards
    .flat()
    .filter(({ isMatch }) => isMatch)
    .toSorted(newestFirst)
    .map(({ id }) => id);

const cyclic =
  (values: readonly number[]) =>
  (place: number): number =>
    values[place % values.length] ?? 1;

describe("a walk over all shards", () => {
  it("brings one page, newest first, when everything fits", () => {
    const shards = [
      [{ id: idAt(1), isMatch: true }],
      [{ id: idAt(3), isMatch: true }],
      [{ id: idAt(2), isMatch: true }],
    ];
    const pages = walk({ shards, limitAt: () => 50, rowsMaxAt: () => 5000 });
    expect(pages.map((page) => page.map(({ id }) => id))).toEqual([[idAt(3), idAt(2), idAt(1)]]);
  });

  it("brings one empty page where there are no shards, and where they are empty", () => {
    expect(walk({ shards: [], limitAt: () => 1, rowsMaxAt: () => 1 })).toEqual([[]]);
    expect(walk({ shards: [[], []], limitAt: () => 1, rowsMaxAt: () => 1 })).toEqual([[]]);
  });

  it("does not say that more is left when the page is exactly full and everything was seen", () => {
    const shards = [[{ id: idAt(1), isMatch: true }], [{ id: idAt(2), isMatch: true }]];
    expect(walk({ shards, limitAt: () => 2, rowsMaxAt: () => 5000 })).toHaveLength(1);
  });

  it("holds back what one shard found beyond the point another has looked to", () => {
    const seen = { items: [{ id: idAt(9) }, { id: idAt(1) }], examinedTo: idAt(1), finished: true };
    const stopped = { items: [{ id: idAt(8) }], examinedTo: idAt(5), finished: false };
    expect(mergePages([seen, stopped], 50, ({ id }) => id)).toEqual({
      items: [{ id: idAt(9) }, { id: idAt(8) }],
      examinedTo: idAt(5),
    });
  });

  it("meets every match exactly once, in order, whatever the limits and bounds of its pages", () => {
    fc.assert(
      fc.property(placements, bounds, bounds, (placed, limits, rowsMax) => {
        const shards = spread(placed);
        const rowsMaxAt = (page: number, shard: number) => cyclic(rowsMax)(page * 7 + shard);
        const pages = walk({ shards, limitAt: cyclic(limits), rowsMaxAt });
        expect(pages.flat().map(({ id }) => id)).toEqual(matchesOf(shards));
      }),
      { numRuns: runs },
    );
  });

  it("neither skips nor repeats what was there all along while others come and go", () => {
    const changes = fc.array(fc.record({ place: fc.nat(900), shard: fc.nat(6), isMatch: fc.boolean() }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(placements, bounds, changes, fc.nat(79), (placed, limits, added, deleted) => {
        const shards = spread(placed);
        const victim = idAt(deleted * 10);
        const steady = matchesOf(shards).filter((id) => id !== victim);
        const betweenPages = (page: number) => {
          const change = added[page - 1];
          if (change) shards[change.shard]?.push({ id: `${idAt(change.place)}${page}`, isMatch: change.isMatch });
          for (const rows of shards) rows.splice(0, rows.length, ...rows.filter(({ id }) => id !== victim));
        };
        const pages = walk({ shards, limitAt: cyclic(limits), rowsMaxAt: () => cyclic(limits)(3), betweenPages });
        const met = pages.flat().map(({ id }) => id);
        expect(new Set(met).size).toBe(met.length);
        expect(met.filter((id) => steady.includes(id))).toEqual(steady);
      }),
      { numRuns: runs },
    );
  });
});
