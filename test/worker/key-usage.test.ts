import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import { digestOf } from "../../src/infrastructure/crypto/verifier.ts";
import { forge, partsOf } from "../support/forgery.ts";
import {
  type CreatedKey,
  evictAll,
  forgetEverything,
  inObject,
  Manager,
  objectOf,
  type redeploy,
  runAlarms,
  startManager,
} from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Ten minutes after a full hour. */
const noon = Date.parse("2030-05-05T12:10:00.000Z");

const startAt = async (time: number, settings: Parameters<typeof redeploy>[0] = {}): Promise<Manager> => {
  testWorld.fixedTime = time;
  testWorld.settings = settings;
  return startManager();
};

const usageOf = (manager: Manager, { id }: { readonly id: string }, query: Record<string, string> = {}) =>
  manager.request(`/v1/keys/${id}/usage?${new URLSearchParams(query)}`);

const bucketsOf = async (...args: Parameters<typeof usageOf>) => (await usageOf(...args)).body.buckets;

const countRowsOf = ({ id }: CreatedKey) =>
  inObject(objectOf(id), (sql) => sql.exec("SELECT * FROM validation_counts ORDER BY day, ordinal").toArray());

const rowsChangedIn = (object: string): Promise<number> =>
  inObject(object, (sql) => Number(sql.exec("SELECT total_changes() AS count").one().count));

const validateMany = async ({ id, key }: CreatedKey, times: number): Promise<void> => {
  const command = { type: "validate-key", id, digest: digestOf(key), scopes: [], anyScope: [] } as const;
  const validator = { role: "validator", permissions: ["keys:validate"], constraint: null } as const;
  const caller = { actor: { kind: "service", name: "tests" }, grants: [validator], requestId: "tests" } as const;
  const object = (env as unknown as Bindings).KEY_MANAGER.getByName(objectOf(id));
  const validate = () => object.execute(command, { ...caller, ip: null, idempotencyKey: null });
  await Promise.all(Array.from({ length: times }, validate));
};

describe("the usage of a key", () => {
  it("is how its validations ended, hour by hour, those of this moment too", async () => {
    const manager = await startAt(noon);
    const key = await manager.createKey({ scopes: ["orders:read"], expiresInSeconds: 4 * 3600 });
    expect(await bucketsOf(manager, key)).toEqual([]);
    await manager.validate(key.key);
    await manager.validate(key.key, { scopes: ["orders:read"] });
    await manager.validate(key.key, { scopes: ["orders:write"] });
    testWorld.fixedTime = noon + 2 * hourMs;
    await manager.patch(key.id, { enabled: false });
    await manager.validate(key.key);
    testWorld.fixedTime = noon + 5 * hourMs;
    await manager.validate(key.key);
    await manager.revoke(key.id);
    await manager.validate(key.key);
    expect(await bucketsOf(manager, key)).toEqual([
      { hour: "2030-05-05T12:00:00.000Z", outcomes: { valid: 2, insufficient_scope: 1 } },
      { hour: "2030-05-05T14:00:00.000Z", outcomes: { disabled: 1 } },
      { hour: "2030-05-05T17:00:00.000Z", outcomes: { expired: 1, revoked: 1 } },
    ]);
  });

  it("tells of a rotated key what became of those who still come with it", async () => {
    const manager = await startAt(noon);
    const old = await manager.createKey();
    const successor = (await manager.rotate(old.id, { graceSeconds: 60 })).body;
    await manager.validate(old.key);
    await manager.validate(successor.key);
    testWorld.fixedTime = noon + 61_000;
    await manager.validate(old.key);
    expect(await bucketsOf(manager, old)).toMatchObject([{ outcomes: { valid: 1, rotated: 1 } }]);
    expect(await bucketsOf(manager, successor)).toMatchObject([{ outcomes: { valid: 1 } }]);
  });

  it("is the same before and after it was written down, survives an eviction, and goes on from there", async () => {
    const manager = await startAt(noon);
    const key = await manager.createKey();
    for (const round of [1, 2, 3]) {
      await manager.validate(key.key);
      const expected = [{ hour: "2030-05-05T12:00:00.000Z", outcomes: { valid: round } }];
      expect(await bucketsOf(manager, key)).toEqual(expected);
      await runAlarms();
      expect(await bucketsOf(manager, key)).toEqual(expected);
      await evictAll();
      expect(await bucketsOf(manager, key)).toEqual(expected);
    }
  });

  it("counts what was lost in an eviction as if it had not been, and nothing twice", async () => {
    const manager = await startAt(noon);
    const key = await manager.createKey();
    await manager.validate(key.key);
    await runAlarms();
    await runAlarms();
    await manager.validate(key.key);
    await evictAll();
    expect(await bucketsOf(manager, key)).toMatchObject([{ outcomes: { valid: 1 } }]);
  });

  it("takes 7 days when no span is given, `since` included and `until` not", async () => {
    const manager = await startAt(noon);
    const key = await manager.createKey();
    for (const hours of [0, 1, 2, 24, 7 * 24]) {
      testWorld.fixedTime = noon + hours * hourMs;
      await manager.validate(key.key);
    }
    const hoursOf = async (query = {}) =>
      (await bucketsOf(manager, key, query)).map(({ hour }: { hour: string }) => (Date.parse(hour) - noon) / hourMs);
    const ten = 1 / 6;
    expect(await hoursOf()).toEqual([1 - ten, 2 - ten, 24 - ten, 168 - ten]);
    const [since, until] = ["2030-05-05T13:00:00Z", "2030-05-05T15:00:00+01:00"];
    expect(await hoursOf({ since, until })).toEqual([1 - ten]);
    expect(await hoursOf({ since })).toEqual([1 - ten, 2 - ten, 24 - ten, 168 - ten]);
    expect(await hoursOf({ until })).toEqual([0 - ten, 1 - ten]);
    expect(await hoursOf({ since: "2030-05-05T13:00:00.001Z", until: "2030-05-05T14:00:00.001Z" })).toEqual([2 - ten]);
    expect(await hoursOf({ since: "2031-01-01T00:00:00Z" })).toEqual([]);
  });

  it("is refused for more than 31 days, and for a span that ends before it begins", async () => {
    const manager = await startAt(noon);
    const key = await manager.createKey();
    const [since, until] = ["2030-01-01T00:00:00Z", "2030-02-01T00:00:00Z"];
    expect((await usageOf(manager, key, { since, until })).status).toBe(200);
    expectInvalid(await usageOf(manager, key, { since, until: "2030-02-01T00:00:00.001Z" }), { parameter: "since" });
    expectInvalid(await usageOf(manager, key, { since }), { parameter: "since" });
    expectInvalid(await usageOf(manager, key, { since: until, until: since }), { parameter: "until" });
    expectInvalid(await usageOf(manager, key, { since: "yesterday" }), { parameter: "since" });
  });

  it("of a key that is not there, or not the caller's to see, is not found", async () => {
    const manager = await startAt(noon);
    await manager.saveRole("narrow", { permissions: ["keys:read"], constraint: { owners: ["acct_1"] } });
    const narrow = manager.as((await manager.createAdmin({ roles: ["narrow"] })).key);
    const [own, other] = [await manager.createKey(), await manager.createKey({ owner: "acct_2" })];
    await manager.validate(own.key);
    expect(await bucketsOf(narrow, own)).toHaveLength(1);
    expectProblem(await usageOf(narrow, other), 404, "key_not_found");
    for (const id of ["key_0Vb3Zt2a0000000000AB", "key_0Vb3Zt2a02cD5eF7gHkM", "nothing"]) {
      expectProblem(await usageOf(manager, { id }), 404, "key_not_found");
    }
    const validator = manager.as((await manager.createAdmin({ roles: ["validator"] })).key);
    expectProblem(await usageOf(validator, own), 403, "forbidden");
  });

  it("of a tampered key is told where the key itself is, with what came of its validations since", async () => {
    const manager = await startAt(noon);
    await manager.saveRole("narrow", { permissions: ["keys:read"], constraint: { owners: ["acct_1"] } });
    const narrow = manager.as((await manager.createAdmin({ roles: ["narrow"] })).key);
    const key = await manager.createKey();
    await inObject(objectOf(key.id), (sql) => void sql.exec("UPDATE api_keys SET name = 'x' WHERE id = ?", key.id));
    expect((await manager.validate(key.key)).code).toBe("tampered");
    expect(await bucketsOf(manager, key)).toMatchObject([{ outcomes: { tampered: 1 } }]);
    expectProblem(await usageOf(narrow, key), 404, "key_not_found");
  });

  it("counts nobody who did not have the secret, or was not allowed to know of the key", async () => {
    const manager = await startAt(noon);
    const key = await manager.createKey();
    const { tag, epoch, bareId } = partsOf(key.key);
    for (const text of ["no key", forge({ bareId }), forge({ bareId, tag, epoch }), `${key.key}x`]) {
      expect((await manager.validate(text)).valid).toBe(false);
    }
    expect(await manager.validate(key.key, { prefixes: ["acme_*"] })).toMatchObject({ code: "wrong_prefix" });
    await manager.saveRole("other", { permissions: ["keys:validate"], constraint: { owners: ["acct_2"] } });
    const other = manager.as((await manager.createAdmin({ roles: ["other"] })).key);
    expect(await other.validate(key.key)).toMatchObject({ code: "unknown" });
    expect(await bucketsOf(manager, key)).toEqual([]);
  });

  it("goes with its key, and the sum of all keys stays", async () => {
    const manager = await startAt(noon, { SHARDS: "1" });
    const [key, other] = [await manager.createKey(), await manager.createKey()];
    for (const days of [0, 1, 3]) {
      testWorld.fixedTime = noon + days * dayMs;
      await manager.validate(key.key);
      await manager.validate(other.key);
      await runAlarms();
    }
    expect(await countRowsOf(key)).toHaveLength(9);
    await manager.revoke(key.id);
    expect((await manager.delete(key.id)).status).toBe(204);
    expect(await countRowsOf(key)).toHaveLength(6);
    expect(await bucketsOf(manager, other)).toHaveLength(3);
    const { validations } = (await manager.request("/v1/stats")).body;
    expect(validations.last30Days).toEqual({ valid: 6 });
  });

  it("reads what somebody wrote into its unsigned table as nothing where it is no count", async () => {
    const manager = await startAt(noon);
    const key = await manager.createKey();
    await manager.validate(key.key);
    await runAlarms();
    const write = (hours: string) =>
      inObject(objectOf(key.id), (sql) => void sql.exec("UPDATE validation_counts SET hours = ?", hours));
    for (const hours of [
      "",
      "[]",
      "null",
      "7",
      '{"12":null,"24":{"valid":1},"x":{"valid":1}}',
      '{"12":{"valid":-1}}',
    ]) {
      await write(hours);
      const { status, body } = await usageOf(manager, key);
      expect([status, body.buckets.flatMap(({ outcomes }: { outcomes: object }) => Object.keys(outcomes))]).toEqual([
        200,
        [],
      ]);
      expect((await manager.request("/v1/stats")).status).toBe(200);
    }
    await write('{"12":{"valid":3,"made_up":5}}');
    await manager.validate(key.key);
    expect(await bucketsOf(manager, key)).toMatchObject([{ outcomes: { valid: 4 } }]);
  });
});

describe("counting validations", () => {
  it("writes nothing by itself, and a row per key and day when the alarm runs", async () => {
    const manager = await startAt(noon, { SHARDS: "1" });
    const keys = [await manager.createKey(), await manager.createKey(), await manager.createKey()];
    const [first] = keys as [CreatedKey];
    await runAlarms();
    await manager.validate(first.key);
    const before = await rowsChangedIn("shard-00");
    for (const key of keys) await validateMany(key, 100);
    testWorld.fixedTime = noon + hourMs;
    for (const key of keys) await validateMany(key, 100);
    expect(await rowsChangedIn("shard-00")).toBe(before);

    const hours = '{"12":{"valid":100},"13":{"valid":100}}';
    await runAlarms();
    expect((await countRowsOf(first)).map((row) => row.hours)).toEqual([
      '{"12":{"valid":301},"13":{"valid":300}}',
      '{"12":{"valid":101},"13":{"valid":100}}',
      hours,
      hours,
    ]);
    const usesAndHours = 2 * keys.length;
    const [sum, state, alarms] = [1, 1, 2];
    expect((await rowsChangedIn("shard-00")) - before).toBe(usesAndHours + sum + state + alarms);
  });
});

describe("USAGE_RETENTION_DAYS", () => {
  const daysOf = async (key: CreatedKey) => [...new Set((await countRowsOf(key)).map(({ day }) => Number(day)))];
  const today = Math.floor(noon / dayMs);

  /** A use a day, each written down. */
  const usedOnDays = async (manager: Manager, key: CreatedKey, days: readonly number[]): Promise<void> => {
    for (const day of days) {
      testWorld.fixedTime = noon + day * dayMs;
      await manager.validate(key.key);
      await runAlarms();
    }
  };

  it("is 90 when it is not set", async () => {
    const manager = await startAt(noon);
    const key = await manager.createKey();
    await usedOnDays(manager, key, [0, 1, 90]);
    expect(await daysOf(key)).toEqual([today, today + 1, today + 90]);
    await usedOnDays(manager, key, [91]);
    expect(await daysOf(key)).toEqual([today + 1, today + 90, today + 91]);
  });

  it("keeps the counts of so many whole days, the sums of all keys no longer", async () => {
    const manager = await startAt(noon, { USAGE_RETENTION_DAYS: "2" });
    const key = await manager.createKey();
    await usedOnDays(manager, key, [0, 1, 2, 3, 4]);
    expect(await daysOf(key)).toEqual([today + 2, today + 3, today + 4]);
    expect((await manager.request("/v1/stats")).body.validations.last30Days).toEqual({ valid: 3 });
  });

  it("wakes an object that is left alone on the day they have to go, and then no more for them", async () => {
    const manager = await startAt(noon, { USAGE_RETENTION_DAYS: "10" });
    const key = await manager.createKey();
    await usedOnDays(manager, key, [0]);
    const alarmOf = () => inObject(objectOf(key.id), (_sql, storage) => storage.getAlarm());
    const inDays = ((await alarmOf()) ?? 0) / dayMs - Date.now() / dayMs;
    expect(inDays).toBeGreaterThan(10);
    expect(inDays).toBeLessThan(11);
    testWorld.fixedTime = noon + 11 * dayMs;
    await runAlarms();
    expect(await countRowsOf(key)).toEqual([]);
    const forEvents = ((await alarmOf()) ?? 0) - Date.now();
    expect(forEvents).toBeGreaterThan(300 * dayMs);
  });

  it("lets no other reason to be woken wait for that day", async () => {
    const manager = await startAt(noon, { ROTATED_RETENTION_DAYS: "1" });
    const key = await manager.createKey();
    await usedOnDays(manager, key, [0]);
    const alarm = await inObject(objectOf(key.id), (_sql, storage) => storage.getAlarm());
    expect((alarm ?? 0) - Date.now()).toBeLessThanOrEqual(dayMs);
  });

  it("removes a bounded number of rows at a time and goes on 10 seconds later", async () => {
    const manager = await startAt(noon, { USAGE_RETENTION_DAYS: "1" });
    const key = await manager.createKey();
    await inObject(objectOf(key.id), (sql) =>
      sql.exec(
        `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 7000)
           INSERT INTO validation_counts SELECT ? + n % 3, n, '{}' FROM numbers`,
        today - 10,
      ),
    );
    await manager.validate(key.key);
    await runAlarms();
    const left = async () => (await countRowsOf(key)).length;
    const [ofTheKey, ofAll] = [1, 1];
    expect(await left()).toBe(2000 + ofTheKey + ofAll);
    const alarm = await inObject(objectOf(key.id), (_sql, storage) => storage.getAlarm());
    expect((alarm ?? 0) - Date.now()).toBeLessThanOrEqual(10_000);
    await runAlarms();
    expect(await left()).toBe(ofTheKey + ofAll);
  });

  it.each(["0", "-1", "1.5", "soon", "3651"])("of %o is named by readiness", async (setting) => {
    const answer = await new Manager({ USAGE_RETENTION_DAYS: setting }).request("/readyz", { key: null });
    expect(answer.status).toBe(503);
    expect(answer.body.problems).toEqual([
      { name: "USAGE_RETENTION_DAYS", detail: expect.stringContaining("whole number of days") },
    ]);
  });
});
