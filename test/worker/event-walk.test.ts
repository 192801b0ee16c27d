import { afterEach, describe, expect, it } from "vitest";
import {
  appendEvents,
  collect,
  eventPages,
  eventsIn,
  idsIn,
  inOrder,
  oneTo,
  openStream,
  sequencesIn,
  walkEvents,
} from "../support/event-walk.ts";
import { createInShard, createMany } from "../support/list-walk.ts";
import { evictAll, forgetEverything, inObject, type Manager, startManager } from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const shards = [0, 1, 2, 3];
const eventsOf = (object: string): Promise<number> =>
  inObject(object, (sql) => Number(sql.exec("SELECT count(*) AS count FROM events").one().count));

const expectEachOnce = (events: Awaited<ReturnType<typeof walkEvents>>): void => {
  expect(new Set(idsIn(events)).size).toBe(events.length);
  expect(events).toEqual(inOrder(events));
  for (const sequences of sequencesIn(events).values()) expect(sequences).toEqual(oneTo(sequences.length));
};

/** Makes keys until it is told to stop. */
const writing = (manager: Manager) => {
  let isOver = false;
  const done = (async () => {
    while (!isOver) await Promise.all(Array.from({ length: 4 }, () => manager.createKey()));
  })();
  return {
    stop: () => {
      isOver = true;
      return done;
    },
  };
};

describe("a walk over the events of all objects", () => {
  it.each(["1", "7", "200"])("meets each event once, in order, with %s on a page", async (limit) => {
    const manager = await startManager();
    await createMany(manager, 60);
    const events = await walkEvents(manager, { limit });
    expect(events).toHaveLength(61);
    expectEachOnce(events);
  });

  it("meets each once where all have the same time, and the objects decide the order", async () => {
    testWorld.fixedTime = Date.UTC(2031, 0, 1);
    const manager = await startManager();
    await createMany(manager, 40);
    for (const limit of ["1", "3", "200"]) {
      const events = await walkEvents(manager, { limit });
      expect(events).toHaveLength(41);
      expectEachOnce(events);
    }
  });

  it("meets each once although the clocks of the objects are far apart", async () => {
    const manager = await startManager();
    for (const shard of shards) {
      testWorld.clockOffsetMs = (shard % 2 === 0 ? 1 : -1) * shard * 3_600_000;
      await evictAll();
      for (let made = 0; made < 8; made += 1) await createInShard(shard);
    }
    await manager.createKey();
    const events = await walkEvents(manager, { limit: "5" });
    expect(events).toHaveLength(34);
    expectEachOnce(events);
  });

  it("looks at a bounded number of events at a time: pages are short or empty, and nothing is lost", async () => {
    testWorld.examinedRowsMax = 10;
    const manager = await startManager();
    const keys = await createMany(manager, 200);
    const wanted = keys[50];
    await manager.patch(wanted?.id ?? "", { name: "Changed" });
    await createMany(manager, 200);
    const pages = await collect(eventPages(manager, { type: "key.updated" }));
    expect(pages.flatMap(({ items }) => items)).toMatchObject([{ subject: { id: wanted?.id } }]);
    expect(pages.length).toBeGreaterThan(5);
    expect(pages.filter(({ items }) => items.length === 0).length).toBeGreaterThan(3);
    expectEachOnce(await walkEvents(manager));
  });

  it("meets each once, without a gap in any chain, while events are being written", async () => {
    testWorld.examinedRowsMax = 15;
    const manager = await startManager();
    await createMany(manager, 100);
    const writer = writing(manager);
    const events = await walkEvents(manager, { limit: "3" });
    await writer.stop();
    expect(events.length).toBeGreaterThanOrEqual(101);
    expectEachOnce(events);
  });

  it("ends, and shows every event, where times were changed in the database", async () => {
    const manager = await startManager();
    await createMany(manager, 60);
    for (const shard of shards) {
      await inObject(`shard-0${shard}`, (sql) => {
        sql.exec("UPDATE events SET at = 9223372036854775807 WHERE sequence % 5 = 1");
        sql.exec("UPDATE events SET at = -9223372036854775808 WHERE sequence % 5 = 3");
      });
    }
    const whole = await walkEvents(manager, { limit: "200" });
    expect(new Set(idsIn(whole)).size).toBe(61);
    await walkEvents(manager, { limit: "2" });
  });

  it("does not read what lies after the time it was narrowed to", async () => {
    const manager = await startManager();
    await createInShard(0);
    await manager.createKey();
    const start = Date.now() + 1000;
    await appendEvents("shard-00", 2000, start);
    testWorld.examinedRowsMax = 20;
    await evictAll();
    const filters = { until: new Date(start + 10).toISOString(), since: new Date(start + 5).toISOString() };
    const pages = await collect(eventPages(manager, { ...filters, keyId: "key_0000000000000000000A" }));
    expect(pages).toHaveLength(1);
    expect(pages[0]?.items.map(({ at }) => Date.parse(at) - start)).toEqual([9, 8, 7, 6, 5]);
  });
});

describe("the stream of events", () => {
  it("is all events, one a line, in the order of the list", async () => {
    const manager = await startManager();
    await createMany(manager, 120);
    const stream = await openStream(manager);
    expect([stream.status, stream.headers.get("Content-Type")]).toEqual([200, "application/x-ndjson"]);
    expect(await collect(eventsIn(stream))).toEqual(await walkEvents(manager));
  });

  it("takes the filters of the list, and goes on from a cursor of it", async () => {
    const manager = await startManager();
    const [key] = await createMany(manager, 30);
    await manager.revoke(key?.id ?? "");
    const revoked = await collect(eventsIn(await openStream(manager, { type: "key.revoked" })));
    expect(revoked).toMatchObject([{ type: "key.revoked", subject: { id: key?.id } }]);
    const [page] = await collect(eventPages(manager, { limit: "12" }));
    const rest = await collect(eventsIn(await openStream(manager, { cursor: page?.nextCursor ?? "" })));
    expect(idsIn([...(page?.items ?? []), ...rest])).toEqual(idsIn(await walkEvents(manager)));
  });

  it("is no page: a limit is refused, and whoever takes JSON as well gets a page", async () => {
    const manager = await startManager();
    const headers = { Accept: "application/x-ndjson" };
    const refused = await manager.request("/v1/events?limit=5", { headers });
    expect([refused.status, refused.body.errors]).toEqual([400, [expect.objectContaining({ parameter: "limit" })]]);
    const page = await manager.request("/v1/events?limit=5", {
      headers: { Accept: "application/x-ndjson, application/json;q=0.9" },
    });
    expect(page.body).toMatchObject({ items: [{ type: "setup.completed" }], nextCursor: null });
    const head = await manager.request("/v1/events", { method: "HEAD", headers });
    expect([head.status, head.text]).toEqual([200, ""]);
  });

  it("meets each event once, in order, while events are being written", async () => {
    testWorld.examinedRowsMax = 15;
    const manager = await startManager();
    await createMany(manager, 200);
    const writer = writing(manager);
    const events = await collect(eventsIn(await openStream(manager)));
    await writer.stop();
    expect(events.length).toBeGreaterThanOrEqual(201);
    expectEachOnce(events);
  });

  it("is made as it is read: never more than some pages at hand, however many events there are", async () => {
    const total = Number(process.env.STREAMED_EVENTS ?? 20_000);
    const manager = await startManager();
    await manager.createKey();
    const before = await Promise.all(shards.map((shard) => eventsOf(`shard-0${shard}`)));
    const each = Math.ceil(total / shards.length);
    for (const shard of shards) await appendEvents(`shard-0${shard}`, each, Date.now() + shard, shards.length);

    let answered = 0;
    let read = 0;
    let mostAtHand = 0;
    const stream = await openStream(manager, {}, (_object, { type }, answer) => {
      if (type !== "list-events") return;
      answered += (answer as { readonly value: { readonly items: unknown[] } }).value.items.length;
      mostAtHand = Math.max(mostAtHand, answered - read);
    });
    await scheduler.wait(50);
    expect(answered).toBeLessThanOrEqual(4002);
    const counts = new Map<string, number>();
    let last = "9";
    for await (const { at, chain, sequence } of eventsIn(stream)) {
      read += 1;
      const place = `${at} ${chain} ${String(sequence).padStart(9, "0")}`;
      if (place >= last) throw new Error(`${place} comes after ${last}`);
      last = place;
      const left = counts.get(chain);
      if (left !== undefined && sequence !== left - 1) throw new Error(`a gap in ${chain} at ${sequence}`);
      counts.set(chain, sequence);
    }
    expect(read).toBe(4 * each + before.reduce((sum, count) => sum + count, 0) + 1);
    expect([...counts.values()]).toEqual([1, 1, 1, 1, 1]);
    expect(mostAtHand).toBeLessThanOrEqual(5000);
  }, 1_800_000);

  it("breaks off where an object fails on the way, and does not end as if it were whole", async () => {
    testWorld.examinedRowsMax = 20;
    const manager = await startManager();
    await createMany(manager, 400);
    let calls = 0;
    const stream = await openStream(manager, {}, (_object, { type }) => {
      calls += type === "list-events" ? 1 : 0;
      if (calls === 12) throw new Error("the object is gone");
    });
    expect(stream.status).toBe(200);
    const events: unknown[] = [];
    const reading = (async () => {
      for await (const event of eventsIn(stream)) events.push(event);
    })();
    await expect(reading).rejects.toThrow("the object is gone");
    expect(events.length).toBeGreaterThan(0);
    expect(events.length).toBeLessThan(401);
  });

  it("is refused like any other request while an object cannot be asked", async () => {
    const manager = await startManager();
    await manager.createKey();
    const stream = await openStream(manager, {}, (_object, { type }) => {
      if (type === "list-events") throw Object.assign(new Error("too much"), { overloaded: true });
    });
    expect([stream.status, (await stream.json<{ code: string }>()).code]).toEqual([503, "overloaded"]);
  });
});
