import type { Row } from "./signed-table.ts";

const advance = (rows: Iterator<Row>): { readonly row: Row; readonly rows: Iterator<Row> }[] => {
  const next = rows.next();
  return next.done ? [] : [{ row: next.value, rows }];
};

/** Merges sources that each give the newest row first, reading from each only as far as it is asked. */
export function* newestOfAll(sources: readonly Iterable<Row>[]): Generator<Row> {
  let heads = sources.flatMap((source) => advance(source[Symbol.iterator]()));
  while (heads.length > 0) {
    const newest = heads.reduce((one, other) => (Number(other.row.ordinal) > Number(one.row.ordinal) ? other : one));
    yield newest.row;
    heads = heads.flatMap((head) => (head === newest ? advance(head.rows) : [head]));
  }
}
