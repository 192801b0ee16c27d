import { afterEach, describe, expect, it } from "vitest";
import {
  askShard,
  createInShard,
  createMany,
  idsOf,
  keyOfCursor,
  listPage,
  newestFirst,
  type Page,
  pagesOf,
  searchFor,
} from "../support/list-walk.ts";
import { evictAll, forgetEverything, startManager } from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const shards = [0, 1, 2, 3];
const rare = searchFor({ scopes: ["rare:read"] });

/** The newest of the places where shards stopped before they were done. */
const frontierOf = async (before: string | null): Promise<string | null> => {
  const pages = await Promise.all(shards.map((shard) => askShard(shard, rare, before, 50)));
  const stopped = pages.flatMap(({ finished, examinedTo }) => (finished || examinedTo === null ? [] : [examinedTo]));
  return newestFirst(stopped)[0] ?? null;
};

describe("the limit of a page", () => {
  it("is 50 keys when none is given, and may be from 1 to 200", async () => {
    const manager = await startManager();
    await createMany(manager, 210);
    expect((await listPage(manager)).body.items).toHaveLength(50);
    expect((await listPage(manager, { limit: "1" })).body.items).toHaveLength(1);
    expect((await listPage(manager, { limit: "200" })).body.items).toHaveLength(200);
  });

  it.each(["0", "201", "-1", "1.5", "050", "", "ten", "1e2", "5&limit=5"])("is refused as %j", async (limit) => {
    const manager = await startManager();
    const { status, body } = await manager.request(`/v1/keys?limit=${limit}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "invalid_request", errors: [{ parameter: "limit" }] });
  });
});

describe("the bound of examined rows", () => {
  it("makes pages short or empty and loses no match", async () => {
    testWorld.examinedRowsMax = 20;
    const manager = await startManager();
    const created = await createMany(manager, 600, (index) => ({ scopes: index % 100 === 7 ? ["rare:read"] : [] }));
    const matching = newestFirst(idsOf(created.filter(({ scopes }) => scopes.length > 0)));

    for (const limit of ["1", "2", "50"]) {
      const pages: Page[] = [];
      for await (const { body } of pagesOf(manager, () => ({ scope: "rare:read", limit }))) pages.push(body);
      expect(idsOf(pages.flatMap(({ items }) => items))).toEqual(matching);
      expect(pages.length).toBeGreaterThanOrEqual(600 / (20 * shards.length));
      expect(pages.some(({ items, nextCursor }) => items.length === 0 && nextCursor !== null)).toBe(true);
    }
  });

  it("counts rows in each shard, so that the same list is one page without it", async () => {
    const manager = await startManager();
    await manager.createKey({ scopes: ["rare:read"] });
    await createMany(manager, 150);
    const whole = await listPage(manager, { scope: "rare:read" });
    expect(whole.body).toMatchObject({ items: [{ scopes: ["rare:read"] }], nextCursor: null });

    testWorld.examinedRowsMax = 5;
    await evictAll();
    const short = await listPage(manager, { scope: "rare:read" });
    expect(short.body).toEqual({ items: [], nextCursor: expect.any(String) });
  });

  it("goes on from the newest place where a shard stopped", async () => {
    testWorld.examinedRowsMax = 20;
    const manager = await startManager();
    await createMany(manager, 240, (index) => ({ scopes: index % 30 === 0 ? ["rare:read"] : [] }));

    let before: string | null = null;
    const found: string[] = [];
    for await (const { body } of pagesOf(manager, () => ({ scope: "rare:read" }))) {
      const frontier = await frontierOf(before);
      const reached: string | null = body.nextCursor && keyOfCursor(rare, body.nextCursor);
      expect(reached).toBe(frontier);
      expect(idsOf(body.items).every((id) => id >= (frontier ?? ""))).toBe(true);
      found.push(...idsOf(body.items));
      before = reached;
    }
    expect(found).toHaveLength(8);
  });

  it("has matches older than that place found again on the next page", async () => {
    testWorld.examinedRowsMax = 20;
    const manager = await startManager();
    await manager.createKey();
    const older: string[] = [];
    for (let made = 0; made < 21; made += 1) older.push(await createInShard(0, ["rare:read"]));
    testWorld.clockOffsetMs = 60_000;
    const newer: string[] = [];
    for (let made = 0; made < 25; made += 1) newer.push(await createInShard(1));

    const alone = await askShard(0, rare, null, 50);
    expect(idsOf(alone.items)).toEqual(newestFirst(older).slice(0, 20));
    const first = await listPage(manager, { scope: "rare:read" });
    expect(first.body.items).toEqual([]);
    expect(keyOfCursor(rare, first.body.nextCursor ?? "")).toBe(newestFirst(newer)[19]);

    const second = await listPage(manager, { scope: "rare:read" }, first.body.nextCursor);
    expect(idsOf(second.body.items)).toEqual(newestFirst(older).slice(0, 20));
    const third = await listPage(manager, { scope: "rare:read" }, second.body.nextCursor);
    expect(third.body).toMatchObject({ items: [{ id: older[0] }], nextCursor: null });
  });
});
