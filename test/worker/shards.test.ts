import { afterEach, describe, expect, it } from "vitest";
import { bareIdOf } from "../../src/core/api-key/key-string.ts";
import { createMany, idsOf, listPage, newestFirst, walk } from "../support/list-walk.ts";
import {
  anotherIsolate,
  evictAll,
  forgetEverything,
  inObject,
  Manager,
  objectIds,
  objectOf,
  startManager,
} from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const hourMs = 3_600_000;
/** The last two digits before those of the admin object. */
const lastHome = 62 * 62 - 2;

const startWithOneShard = async (): Promise<Manager> => {
  const manager = new Manager({ SHARDS: "1" });
  await manager.setUp();
  return manager;
};

/** The ids of an object in the order in which it made them. */
const idsInOrderOf = (object: string): Promise<string[]> =>
  inObject(object, (sql) =>
    sql
      .exec<{ id: string }>("SELECT subject_id AS id FROM events WHERE type = 'key.created' ORDER BY sequence")
      .toArray()
      .map(({ id }) => id),
  );

const countersIn = (sql: SqlStorage): Record<string, number> => {
  const [row] = sql.exec<{ counters: string }>("SELECT counters FROM object_state");
  const { talliedTo, talliedOrdinal, ...counters } = row ? JSON.parse(row.counters) : {};
  return counters;
};

/** The counters as they would be if somebody counted. */
const countedIn = (sql: SqlStorage): Record<string, number> => {
  const count = (where: string): number =>
    sql.exec<{ n: number }>(`SELECT count(*) AS n FROM api_keys WHERE ${where}`).one().n;
  const per = (kind: string, column: string): [string, number][] =>
    sql
      .exec<{ print: string; n: number }>(`SELECT ${column} AS print, count(*) AS n FROM api_keys GROUP BY 1`)
      .toArray()
      .map(({ print, n }) => [`${kind}:${print}`, n]);
  const all: [string, number][] = [
    ["keys", count("true")],
    ["revoked", count("revoked_at IS NOT NULL")],
    ["disabled", count("enabled = 0")],
    ["rotated", count("successor IS NOT NULL")],
    ["status:revoked", count("revoked_at IS NOT NULL")],
    ["status:disabled", count("revoked_at IS NULL AND enabled = 0")],
    ["status:active", count("revoked_at IS NULL AND enabled = 1")],
    ...sql
      .exec<{ day: number; n: number }>(
        "SELECT created_at / 86400000 AS day, count(*) AS n FROM api_keys WHERE revoked_at IS NULL GROUP BY 1",
      )
      .toArray()
      .map(({ day, n }): [string, number] => [`seen:${day}`, n]),
    ...per("encryption", "encryption_fingerprint"),
    ...per("mac", "mac_fingerprint"),
  ];
  return Object.fromEntries(all.filter(([, n]) => n > 0));
};

describe("the number of shards", () => {
  it("grows on a live store: old keys stay in the list, new ones also go to the new shards", async () => {
    const manager = await startManager();
    const old = idsOf(await createMany(manager, 60));
    expect(new Set(old.map(objectOf))).toEqual(new Set(["shard-00", "shard-01", "shard-02", "shard-03"]));

    const grown = anotherIsolate(manager, { SHARDS: "16" });
    expect(idsOf(await walk(grown, { limit: "7" }))).toEqual(newestFirst(old));
    const added = idsOf(await createMany(grown, 100));
    expect(added.filter((id) => objectOf(id) > "shard-03").length).toBeGreaterThan(0);
    expect(added.filter((id) => objectOf(id) <= "shard-03").length).toBeGreaterThan(0);
    for (const isolate of [grown, anotherIsolate(manager, { SHARDS: "16" })]) {
      expect(idsOf(await walk(isolate, { limit: "60" }))).toEqual(newestFirst([...old, ...added]));
    }
  });

  it("grows under an isolate that was there before, which lists and finds the new keys at once", async () => {
    const before = await startManager();
    await before.createKey();
    const added = await createMany(anotherIsolate(before, { SHARDS: "16" }), 40);
    const above = added.find(({ id }) => objectOf(id) > "shard-03");
    expect(await walk(before)).toHaveLength(41);
    expect((await before.request(`/v1/keys/${above?.id}`)).status).toBe(200);
    expect(await before.validate(above?.key ?? "")).toMatchObject({ valid: true });
  });

  it("leaves a request that is repeated where it went before it grew", async () => {
    const manager = await startManager();
    const grown = anotherIsolate(manager, { SHARDS: "16" });
    const create = async (isolate: Manager, index: number): Promise<string> => {
      const headers = { "Idempotency-Key": `request-${index}` };
      const answer = await isolate.request("/v1/keys", { json: { name: "A key", owner: "acct_1" }, headers });
      return objectOf(answer.body.id);
    };
    const indexes = Array.from({ length: 12 }, (_, index) => index);
    const before = await Promise.all(indexes.map((index) => create(manager, index)));
    expect(new Set(before).size).toBeGreaterThan(1);
    expect(before.every((shard) => shard <= "shard-03")).toBe(true);
    expect(await Promise.all(indexes.map((index) => create(grown, index)))).toEqual(before);
  });

  it("lowered again is a 503 that names SHARDS, and nothing is created", async () => {
    const manager = await startManager();
    await createMany(anotherIsolate(manager, { SHARDS: "16" }), 3);
    const lowered = anotherIsolate(manager, { SHARDS: "4" });

    const refusal = await lowered.request("/v1/keys", { json: { name: "A key", owner: "acct_1" } });
    expect(refusal.status).toBe(503);
    expect(refusal.body).toMatchObject({ code: "not_configured", detail: expect.stringContaining("SHARDS") });
    const readiness = await lowered.request("/readyz");
    expect(readiness.status).toBe(503);
    expect(readiness.body).toMatchObject({ code: "not_configured", detail: expect.stringContaining("SHARDS") });
    expect(await walk(anotherIsolate(manager, { SHARDS: "16" }))).toHaveLength(3);
  });

  it("may be 1 or 256", async () => {
    for (const SHARDS of ["1", "256"]) {
      expect((await new Manager({ SHARDS }).request("/readyz")).status).toBe(200);
    }
  });

  it.each(["0", "257", "abc", "-1", "1.5", "1e1", "0x10", "99999999999"])("of %j is a 503 by name", async (SHARDS) => {
    const manager = await startManager();
    const wrong = anotherIsolate(manager, { SHARDS });
    for (const answer of [await wrong.request("/v1/keys", { json: {} }), await wrong.request("/readyz")]) {
      expect(answer.status).toBe(503);
      expect(answer.body).toMatchObject({ code: "not_configured", detail: expect.stringContaining("SHARDS") });
    }
  });
});

describe("an id of a shard that does not exist", () => {
  it("is not found, and neither asks a shard nor makes one", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    const objects = (await objectIds()).map(String).sort();
    const callsBefore = manager.calls.length;
    const homes = Array.from({ length: 500 }, (_, index) => 4 + Math.floor((index * (lastHome - 4)) / 499));

    let identifyingMax = 0;
    for (const [index, home] of homes.entries()) {
      const startedAt = Date.now();
      const strange = `key_${bareIdOf(Date.now() + index, home, id.slice(14))}`;
      const answer = await manager.request(`/v1/keys/${strange}`);
      expect(`${strange} ${answer.status} ${answer.body.code}`).toBe(`${strange} 404 key_not_found`);
      // Whoever took more than a second is asked for again before the command goes out.
      identifyingMax += Date.now() - startedAt > 1000 ? 2 : 1;
    }
    const calls = manager.calls.slice(callsBefore);
    const identifying = calls.filter(({ type }) => type === "authenticate-admin").length;
    expect(calls).toHaveLength(calls.filter(({ object }) => object === "admin").length);
    expect([500 <= identifying, identifying <= identifyingMax]).toEqual([true, true]);
    expect(calls.filter(({ type }) => type === "read-register").length).toBeLessThan(20);
    expect((await objectIds()).map(String).sort()).toEqual(objects);
  });
});

describe("what a shard knows of itself", () => {
  it("counts its keys as they are, after creations and revocations in any order", async () => {
    const manager = await startManager();
    const ids: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const created = await createMany(manager, 20, (index) => ({ enabled: (index + round) % 3 > 0 }));
      ids.push(...idsOf(created));
      const chosen = ids.filter(() => Math.random() < 0.2);
      await Promise.all(chosen.map((id) => manager.revoke(id)));
      const late = { name: "Late", owner: "acct_1", expiresAt: "2001-01-01T00:00:00Z" };
      expect((await manager.request("/v1/keys", { json: late })).status).toBe(400);
      if (round === 3) await evictAll();
    }
    const shards = [...new Set(ids.map(objectOf))];
    const counters = await Promise.all(shards.map((shard) => inObject(shard, countersIn)));
    expect(counters).toEqual(await Promise.all(shards.map((shard) => inObject(shard, countedIn))));
    expect(counters.reduce((sum, { keys = 0 }) => sum + keys, 0)).toBe(120);
    expect(counters.reduce((sum, { revoked = 0 }) => sum + revoked, 0)).toBe(
      (await walk(manager, { status: "revoked" })).length,
    );
  });

  it("makes ids that strictly increase, 200 of them in one millisecond and with the clock an hour back", async () => {
    const manager = await startWithOneShard();
    const burst = await createMany(manager, 200);
    testWorld.clockOffsetMs = -hourMs;
    const standing = await createMany(manager, 200);
    await evictAll();
    const evicted = await createMany(manager, 50);

    const made = await idsInOrderOf("shard-00");
    expect(made).toHaveLength(450);
    expect(made).toEqual([...new Set(made)].sort());
    expect(new Set([...standing, ...evicted].map(({ createdAt }) => createdAt)).size).toBe(1);
    expect(new Set(made)).toEqual(new Set(idsOf([...burst, ...standing, ...evicted])));
    expect(idsOf((await listPage(manager, { limit: "200" })).body.items)).toEqual(made.toReversed().slice(0, 200));
  });
});
