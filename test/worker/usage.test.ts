import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import type { Caller } from "../../src/core/access/caller.ts";
import type { Ports } from "../../src/core/ports.ts";
import { purgeRotatedKeys } from "../../src/core/use-cases/purge-rotated-keys.ts";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import { digestOf } from "../../src/infrastructure/crypto/verifier.ts";
import { systemCaller } from "../../src/infrastructure/object-names.ts";
import { aKey } from "../support/a-key.ts";
import {
  type CreatedKey,
  eventsAbout,
  eventTypesOf,
  evictAll,
  forgetEverything,
  inObject,
  Manager,
  objectOf,
  redeploy,
  rowOf,
  runAlarms,
  startManager,
} from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const dayMs = 86_400_000;

const shown = async (manager: Manager, { id }: CreatedKey) => {
  const { body, headers } = await manager.request(`/v1/keys/${id}`);
  return { ...body, etag: headers.get("ETag") };
};

const validator: Caller = {
  actor: { kind: "service", name: "tests" },
  grants: [{ role: "validator", permissions: ["keys:validate"], constraint: null }],
  requestId: "tests-request",
  ip: null,
  idempotencyKey: null,
};

const oneForTheUse = 1;
const oneForTheTime = 1;
const oneForItsHours = 1;
const oneForTheSumOfAllKeys = 1;
/** The platform keeps the time of an alarm in a row of its own, while there is one. */
const oneForTheAlarm = 1;
/** Set anew for the day on which the oldest counts, or the oldest event, have to go. */
const oneForTheNextAlarm = 1;

/** What an object keeps of uses and of itself, and how many rows it has changed since it was started. */
const storedIn = (object: string) =>
  inObject(object, async (sql, storage) => ({
    uses: [...sql.exec("SELECT * FROM api_key_uses")],
    state: [...sql.exec("SELECT greatest_time, hex(signature) AS signature FROM object_state")],
    rowsChanged: Number(sql.exec("SELECT total_changes() AS count").one().count),
    alarm: await storage.getAlarm(),
  }));

describe("the last use of a key", () => {
  it("is unknown at first, and then the time of the last validation that accepted it", async () => {
    const manager = await startManager();
    const key = await manager.createKey({ scopes: ["orders:read"] });
    expect((await shown(manager, key)).lastUsedAt).toBeNull();
    await manager.validate(key.key, { scopes: ["users:read"] });
    await manager.reveal(key.id);
    expect((await shown(manager, key)).lastUsedAt).toBeNull();

    testWorld.clockOffsetMs = 60_000;
    const before = Date.now() + 60_000;
    await manager.validate(key.key, { scopes: ["orders:read"] });
    const { lastUsedAt } = await shown(manager, key);
    expect(Date.parse(lastUsedAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(lastUsedAt)).toBeLessThanOrEqual(Date.now() + 60_000);

    testWorld.clockOffsetMs = 120_000;
    await manager.validate(key.key, { scopes: ["users:read"] });
    await manager.patch(key.id, { enabled: false });
    await manager.validate(key.key);
    expect((await shown(manager, key)).lastUsedAt).toBe(lastUsedAt);
    const { body } = await manager.request("/v1/keys");
    expect(body.items[0].lastUsedAt).toBe(lastUsedAt);
  });

  it("survives an eviction once an alarm has written it down, and moves on from there", async () => {
    const manager = await startManager();
    const key = await manager.createKey();
    await manager.validate(key.key);
    const { lastUsedAt } = await shown(manager, key);
    await runAlarms();
    await evictAll();
    expect((await shown(manager, key)).lastUsedAt).toBe(lastUsedAt);
    testWorld.clockOffsetMs = 60_000;
    await manager.validate(key.key);
    await runAlarms();
    await evictAll();
    const later = (await shown(manager, key)).lastUsedAt;
    expect(Date.parse(later)).toBeGreaterThanOrEqual(Date.parse(lastUsedAt) + 60_000);
  });

  it("moves neither version nor ETag, and nor does a status that time brings about", async () => {
    const manager = await startManager();
    const key = await manager.createKey({ expiresInSeconds: 60 });
    const before = await rowOf(key.id);
    await manager.validate(key.key);
    await runAlarms();
    expect(await shown(manager, key)).toMatchObject({ status: "active", version: 1, etag: '"1"' });
    testWorld.clockOffsetMs = 61_000;
    expect(await shown(manager, key)).toMatchObject({ status: "expired", version: 1, etag: '"1"' });
    expect(await rowOf(key.id)).toBe(before);
  });

  it("costs a thousand validations together a handful of rows, and nothing before the alarm runs", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey();
    await runAlarms();
    const before = await storedIn(objectOf(id));
    const validate = { type: "validate-key", id, digest: digestOf(key), scopes: [], anyScope: [] } as const;
    const { KEY_MANAGER } = env as unknown as Bindings;
    const validateHere = () => KEY_MANAGER.getByName(objectOf(id)).execute(validate, validator);
    const answers = await Promise.all(Array.from({ length: 1000 }, validateHere));
    expect(answers.filter((answer) => answer.ok && answer.value.valid)).toHaveLength(1000);
    const { alarm, ...during } = await storedIn(objectOf(id));
    expect(alarm).toBeLessThan(Date.now() + 10_001);
    expect({ ...during, alarm: null }).toEqual({
      ...{ ...before, alarm: null },
      rowsChanged: before.rowsChanged + oneForTheAlarm,
    });

    await runAlarms();
    const after = await storedIn(objectOf(id));
    expect(after.uses).toHaveLength(1);
    expect(after.rowsChanged - during.rowsChanged).toBe(
      oneForTheUse + oneForItsHours + oneForTheSumOfAllKeys + oneForTheTime + oneForTheAlarm + oneForTheNextAlarm,
    );
  });
});

const days = (count: number) => ({ ROTATED_RETENTION_DAYS: String(count) });

const deployedWith = async (settings: Parameters<typeof redeploy>[0]): Promise<Manager> => {
  await redeploy(settings);
  return startManager();
};

/** Every object is asked something, so that it has an alarm to run, and is then woken by it. */
const wakeAll = async (manager: Manager): Promise<void> => {
  await manager.request("/v1/keys");
  await runAlarms();
};

const rotatedKey = async (manager: Manager, graceSeconds: number, fields = {}): Promise<CreatedKey> => {
  const created = await manager.createKey(fields);
  await manager.rotate(created.id, { graceSeconds });
  return created;
};

const existing = async (manager: Manager, keys: readonly CreatedKey[]): Promise<boolean[]> => {
  const answers = await Promise.all(keys.map(({ id }) => manager.request(`/v1/keys/${id}`)));
  return answers.map(({ status }) => status === 200);
};

describe("ROTATED_RETENTION_DAYS", () => {
  it("purges rotated keys so many days after their grace, and says so in their events", async () => {
    const manager = await deployedWith(days(1));
    const atOnce = await rotatedKey(manager, 0);
    const byClock = await rotatedKey(manager, 60);
    const finished = await rotatedKey(manager, 30 * 86_400);
    await manager.finish(finished.id);
    const keys = [atOnce, byClock, finished];
    testWorld.clockOffsetMs = dayMs - 60_000;
    await wakeAll(manager);
    expect(await existing(manager, keys)).toEqual([true, true, true]);

    testWorld.clockOffsetMs = 2 * dayMs;
    await wakeAll(manager);
    expect(await existing(manager, keys)).toEqual([false, false, false]);
    for (const { id, key } of keys) {
      expect(await manager.validate(key)).toEqual({ valid: false, code: "unknown", httpStatus: 401 });
      const last = (await eventsAbout(id)).at(-1);
      expect(last).toMatchObject({ type: "key.deleted", actor_kind: "system", reason: "retention" });
    }
  });

  it("touches no key of another status: successors, keys in grace, disabled, revoked and expired ones", async () => {
    const manager = await deployedWith(days(1));
    const old = await manager.createKey();
    const successor = (await manager.rotate(old.id, { graceSeconds: 0 })).body;
    const inGrace = await rotatedKey(manager, 30 * 86_400);
    const disabled = await manager.createKey({ enabled: false });
    const revoked = await manager.createKey();
    await manager.revoke(revoked.id);
    const expired = await manager.createKey({ expiresInSeconds: 60 });
    const keys = [successor, inGrace, disabled, revoked, expired];
    testWorld.clockOffsetMs = 3 * dayMs;
    await wakeAll(manager);
    expect(await existing(manager, [old, ...keys])).toEqual([false, true, true, true, true, true]);
    const codes = await Promise.all(keys.map(async ({ key }) => (await manager.validate(key)).code));
    expect(codes).toEqual(["valid", "valid", "disabled", "revoked", "expired"]);
  });

  it("leaves a key that was rotated and then revoked, or expired, to be refused as such", async () => {
    const manager = await deployedWith(days(1));
    const revoked = await rotatedKey(manager, 0);
    await manager.revoke(revoked.id, { reason: "leaked" });
    const expired = await rotatedKey(manager, 0, { expiresInSeconds: 3600 });
    testWorld.clockOffsetMs = 3 * dayMs;
    await wakeAll(manager);
    expect(await manager.validate(revoked.key)).toMatchObject({ code: "revoked" });
    expect(await manager.validate(expired.key)).toMatchObject({ code: "expired" });
  });

  it("keeps a record that was tampered with, for whoever has to look into it", async () => {
    const manager = await deployedWith(days(1));
    const { id } = await rotatedKey(manager, 0);
    await inObject(objectOf(id), (sql) => void sql.exec("UPDATE api_keys SET name = 'x' WHERE id = ?", id));
    testWorld.clockOffsetMs = 3 * dayMs;
    await wakeAll(manager);
    expect((await manager.request(`/v1/keys/${id}`)).body).toMatchObject({ id, tampered: true });
  });

  it("is off unless it is set", async () => {
    const manager = await startManager();
    const old = await rotatedKey(manager, 0);
    testWorld.clockOffsetMs = 399 * dayMs;
    await wakeAll(manager);
    expect(await existing(manager, [old])).toEqual([true]);
    expect(await eventTypesOf(old.id)).toEqual(["key.created", "key.rotated"]);
  });

  it("goes on at the next alarm where one look was not enough, and reads no further in one", async () => {
    testWorld.examinedRowsMax = 3;
    const manager = await deployedWith({ ...days(1), SHARDS: "1" });
    const keys: CreatedKey[] = [];
    for (let count = 0; count < 6; count += 1) keys.push(await rotatedKey(manager, 0));
    testWorld.clockOffsetMs = 3 * dayMs;
    const left = async () => (await existing(manager, keys)).filter(Boolean).length;
    const counts: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      await wakeAll(manager);
      counts.push(await left());
    }
    expect(counts[0]).toBeGreaterThan(3);
    expect(counts.at(-1)).toBe(0);
  });

  it("comes to the oldest keys although the object is evicted before every alarm", async () => {
    testWorld.examinedRowsMax = 3;
    const manager = await deployedWith({ ...days(1), SHARDS: "1" });
    const oldest = await rotatedKey(manager, 0);
    for (let count = 0; count < 6; count += 1) await manager.createKey();
    testWorld.clockOffsetMs = 3 * dayMs;
    for (let round = 0; round < 6; round += 1) {
      await evictAll();
      await wakeAll(manager);
    }
    expect(await existing(manager, [oldest])).toEqual([false]);
  });

  it("begins anew where the record of how far it came was edited, and the rest of the alarm is done", async () => {
    const manager = await deployedWith({ ...days(1), SHARDS: "1" });
    const old = await rotatedKey(manager, 0);
    const json = { name: "A key", owner: "acct_1" };
    await manager.request("/v1/keys", { json, headers: { "Idempotency-Key": "order-1" } });
    await wakeAll(manager);
    const edited = await inObject(objectOf(old.id), (sql) =>
      sql.exec("UPDATE settings SET value = replace(value, '}', ' }') WHERE name = 'purge' RETURNING 1").toArray(),
    );
    expect(edited).toHaveLength(1);
    await evictAll();
    testWorld.clockOffsetMs = 3 * dayMs;
    await wakeAll(manager);
    expect(await existing(manager, [old])).toEqual([false]);
    const kept = await inObject(objectOf(old.id), (sql) => [...sql.exec("SELECT 1 FROM idempotency_records")]);
    expect(kept).toEqual([]);
  });

  it("reads no more records at a time than the object may examine", () => {
    let read = 0;
    const everyKey = function* () {
      for (; read < 10_000; read += 1) yield { key: aKey(), tampered: false, lastUsedAt: null };
    };
    const settings = { purge: () => null, recordPurge: () => undefined };
    const limits = { examinedRowsMax: 100 };
    const ports = { clock: { now: () => 0 }, apiKeys: { newestFirst: everyKey }, settings, limits };
    const purge = purgeRotatedKeys(ports as unknown as Ports);
    purge({ type: "purge-rotated-keys", retentionDays: 1 }, systemCaller);
    expect(read).toBeLessThan(200);
  });

  it.each(["0", "-1", "1.5", "soon", "3651", "1 day", "1e2"])("of %o is named by readiness", async (setting) => {
    const answer = await new Manager({ ROTATED_RETENTION_DAYS: setting }).request("/readyz", { key: null });
    expect(answer.status).toBe(503);
    expect(answer.body.problems).toEqual([
      { name: "ROTATED_RETENTION_DAYS", detail: expect.stringContaining("whole number of days") },
    ]);
  });

  it.each(["1", "3650", " 30 ", ""])("of %o is in order", async (setting) => {
    await redeploy({ ROTATED_RETENTION_DAYS: setting });
    expect((await new Manager().request("/readyz", { key: null })).status).toBe(200);
  });
});
