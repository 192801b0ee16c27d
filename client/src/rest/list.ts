import type { CallOptions, Send } from "./send.ts";

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Null at the end. A page may be short, even empty, and still not be the last. */
  readonly nextCursor: string | null;
}

/** What a list holds: `for await (const item of list)` walks all of it. Nothing is asked before. */
export interface List<Item> extends AsyncIterable<Item> {
  /** One page: the first, or that of the `cursor` in the query. */
  page(): Promise<Page<Item>>;
  pages(): AsyncIterable<Page<Item>>;
}

interface Paged {
  readonly cursor?: string | undefined;
}

export const listOf = <Item>(send: Send, path: string, query: Paged = {}, options: CallOptions = {}): List<Item> => {
  const pageAt = (cursor: string | undefined) =>
    send<Page<Item>>({ method: "GET", path, query: { ...query, cursor }, ...options });

  async function* pages(): AsyncGenerator<Page<Item>, undefined> {
    let cursor = query.cursor;
    for (;;) {
      const page = await pageAt(cursor);
      yield page;
      if (page.nextCursor === null) return;
      cursor = page.nextCursor;
    }
  }

  return {
    page: () => pageAt(query.cursor),
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const { items } of pages()) yield* items;
    },
  };
};
