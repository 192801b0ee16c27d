import { afterEach, describe, expect, it } from "vitest";
import {
  anotherIsolate,
  type CreatedKey,
  evictAll,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  runAlarms,
  startManager,
} from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const noon = Date.parse("2030-05-05T12:10:00.000Z");

const startAt = async (time: number, settings: { readonly SHARDS?: string } = {}): Promise<Manager> => {
  testWorld.fixedTime = time;
  testWorld.settings = settings;
  return startManager();
};

const turnTo = (time: number): void => {
  testWorld.fixedTime = time;
};

const statsOf = async (manager: Manager) => {
  const { status, body } = await manager.request("/v1/stats");
  expect([status, body.code]).toEqual([200, undefined]);
  return body;
};

const none = { active: 0, rotating: 0, disabled: 0, rotated: 0, expired: 0, revoked: 0 };
const byStatus = (counts: Partial<typeof none>) => ({ ...none, ...counts });
const statusesOf = async (manager: Manager) => (await statsOf(manager)).keys.byStatus;

const roleOf = async (manager: Manager, name: string, constraint: object, permissions = ["keys:read"]) => {
  await manager.saveRole(name, { permissions, constraint });
  return manager.as((await manager.createAdmin({ roles: [name] })).key);
};

const tamperWith = ({ id }: CreatedKey) =>
  inObject(objectOf(id), (sql) => void sql.exec("UPDATE api_keys SET name = 'x' WHERE id = ?", id));

describe("the figures", () => {
  it("are all there before the first key, and no shard is asked for them", async () => {
    const manager = await startAt(noon);
    expect(await statsOf(manager)).toEqual({
      keys: { total: 0, byStatus: none },
      expiringIn7Days: 0,
      inGrace: 0,
      unusedFor30Days: 0,
      validations: { last24Hours: {}, last30Days: {} },
      complete: true,
    });
    expect(manager.calls.filter(({ type }) => type === "get-stats")).toEqual([]);
  });

  it("come from every shard below the mark, each asked once, those of a raised SHARDS too", async () => {
    const manager = await startAt(noon);
    const shards = new Set<string>();
    for (let made = 0; made < 12; made += 1) shards.add(objectOf((await manager.createKey()).id));
    expect(shards.size).toBeGreaterThan(1);
    const raised = anotherIsolate(manager, { SHARDS: "9" });
    for (let made = 0; made < 12; made += 1) await raised.createKey();
    const before = manager.calls.length;
    expect((await statsOf(manager)).keys).toEqual({ total: 24, byStatus: byStatus({ active: 24 }) });
    const asked = manager.calls.slice(before).filter(({ type }) => type === "get-stats");
    expect(asked.map(({ object }) => object).sort()).toEqual(
      Array.from({ length: 9 }, (_, shard) => `shard-0${shard}`),
    );
  });

  it("take a right to read keys", async () => {
    const manager = await startAt(noon);
    const validator = manager.as((await manager.createAdmin({ roles: ["validator"] })).key);
    expectProblem(await validator.request("/v1/stats"), 403, "forbidden");
    const auditor = manager.as((await manager.createAdmin({ roles: ["auditor"] })).key);
    expect((await auditor.request("/v1/stats")).status).toBe(200);
  });
});

describe("keys by status", () => {
  it("follow every act", async () => {
    const manager = await startAt(noon);
    const [one, other] = [await manager.createKey(), await manager.createKey({ enabled: false })];
    expect(await statusesOf(manager)).toEqual(byStatus({ active: 1, disabled: 1 }));
    await manager.patch(other.id, { enabled: true });
    await manager.rotate(one.id);
    expect(await statusesOf(manager)).toEqual(byStatus({ active: 2, rotating: 1 }));
    await manager.patch(one.id, { enabled: false });
    expect(await statusesOf(manager)).toEqual(byStatus({ active: 2, disabled: 1 }));
    await manager.patch(one.id, { enabled: true });
    await manager.cancel(one.id);
    expect(await statusesOf(manager)).toEqual(byStatus({ active: 2, revoked: 1 }));
    await manager.rotate(other.id);
    await manager.finish(other.id);
    expect(await statusesOf(manager)).toEqual(byStatus({ active: 2, rotated: 1, revoked: 1 }));
    await manager.rotate(one.id, { graceSeconds: 0 });
    await manager.delete(other.id);
    expect((await statsOf(manager)).keys).toEqual({
      total: 4,
      byStatus: byStatus({ active: 2, rotated: 1, revoked: 1 }),
    });
  });

  it("follow the time, to the millisecond: the last one of a life still counts", async () => {
    const manager = await startAt(noon);
    await manager.createKey({ expiresInSeconds: 60 });
    const old = await manager.createKey({ expiresInSeconds: 120 });
    await manager.rotate(old.id, { graceSeconds: 90 });
    const disabled = await manager.createKey();
    await manager.rotate(disabled.id, { graceSeconds: 90 });
    await manager.patch(disabled.id, { enabled: false });
    const expected: [number, Partial<typeof none>][] = [
      [0, { active: 3, rotating: 1, disabled: 1 }],
      [60_000, { active: 3, rotating: 1, disabled: 1 }],
      [60_001, { active: 2, rotating: 1, disabled: 1, expired: 1 }],
      [90_000, { active: 2, rotating: 1, disabled: 1, expired: 1 }],
      [90_001, { active: 2, rotated: 2, expired: 1 }],
      [120_000, { active: 2, rotated: 2, expired: 1 }],
      [120_001, { active: 1, rotated: 1, expired: 3 }],
    ];
    for (const [afterMs, counts] of expected) {
      turnTo(noon + afterMs);
      expect([afterMs, await statusesOf(manager)]).toEqual([afterMs, byStatus(counts)]);
      if (afterMs % 1000 === 1) await runAlarms();
      expect([afterMs, await statusesOf(manager)]).toEqual([afterMs, byStatus(counts)]);
      if (afterMs === 90_001) await evictAll();
    }
  });

  it("bring an expired key back with a later expiry, and count a revoked one as nothing else", async () => {
    const manager = await startAt(noon);
    const { id } = await manager.createKey({ expiresInSeconds: 60 });
    turnTo(noon + 61_000);
    await statsOf(manager);
    await runAlarms();
    expect(await statusesOf(manager)).toEqual(byStatus({ expired: 1 }));
    await manager.patch(id, { expiresAt: "2030-06-01T00:00:00Z" });
    expect(await statusesOf(manager)).toEqual(byStatus({ active: 1 }));
    await manager.patch(id, { expiresAt: null });
    turnTo(noon + 60 * dayMs);
    expect(await statusesOf(manager)).toEqual(byStatus({ active: 1 }));
    await manager.patch(id, { expiresAt: "2030-08-01T00:00:00Z" });
    await manager.revoke(id);
    turnTo(noon + 120 * dayMs);
    expect(await statusesOf(manager)).toEqual(byStatus({ revoked: 1 }));
  });

  it("count a tampered key by what its record says", async () => {
    const manager = await startAt(noon);
    await tamperWith(await manager.createKey());
    expect((await statsOf(manager)).keys.total).toBe(1);
  });
});

describe("expiringIn7Days", () => {
  it("counts live keys whose expiry is less than 7 days ahead, until they expire", async () => {
    const manager = await startAt(noon);
    await manager.createKey();
    await manager.createKey({ expiresInSeconds: 3600 });
    const later = await manager.createKey({ expiresInSeconds: 10 * 86_400 });
    const disabled = await manager.createKey({ expiresInSeconds: 10 * 86_400, enabled: false });
    const revoked = await manager.createKey({ expiresInSeconds: 3600 });
    await manager.revoke(revoked.id);
    const expiring = async () => (await statsOf(manager)).expiringIn7Days;
    expect(await expiring()).toBe(1);
    turnTo(noon + 3 * dayMs);
    expect(await expiring()).toBe(0);
    turnTo(noon + 3 * dayMs + 1);
    expect(await expiring()).toBe(2);
    await runAlarms();
    await evictAll();
    expect(await expiring()).toBe(2);
    await manager.patch(later.id, { expiresAt: null });
    expect(await expiring()).toBe(1);
    await manager.rotate(later.id, { graceSeconds: 0 });
    await manager.patch(disabled.id, { expiresAt: "2031-01-01T00:00:00Z" });
    expect(await expiring()).toBe(0);
  });
});

describe("inGrace", () => {
  it("counts keys with a successor whose secret works, or would once they are enabled", async () => {
    const manager = await startAt(noon);
    const keys = [await manager.createKey(), await manager.createKey(), await manager.createKey()];
    const [first, second, third] = keys as [CreatedKey, CreatedKey, CreatedKey];
    for (const { id } of keys) await manager.rotate(id, { graceSeconds: 3600 });
    await manager.patch(first.id, { enabled: false });
    const inGrace = async () => (await statsOf(manager)).inGrace;
    expect(await inGrace()).toBe(3);
    await manager.finish(second.id);
    expect(await inGrace()).toBe(2);
    await manager.cancel(third.id);
    expect(await inGrace()).toBe(1);
    turnTo(noon + hourMs + 1);
    expect(await inGrace()).toBe(0);
  });
});

describe("unusedFor30Days", () => {
  it("counts live keys neither made nor accepted for 30 whole days", async () => {
    const manager = await startAt(noon);
    const used = await manager.createKey();
    await manager.createKey({ enabled: false });
    const revoked = await manager.createKey();
    await manager.revoke(revoked.id);
    await manager.createKey({ expiresInSeconds: 60 });
    turnTo(noon + 20 * dayMs);
    await manager.createKey();
    await manager.validate(used.key);
    const unused = async () => (await statsOf(manager)).unusedFor30Days;
    expect(await unused()).toBe(0);
    turnTo(noon + 30 * dayMs);
    expect(await unused()).toBe(0);
    turnTo(noon + 31 * dayMs);
    expect(await unused()).toBe(1);
    await runAlarms();
    await evictAll();
    expect(await unused()).toBe(1);
    turnTo(noon + 51 * dayMs);
    expect(await unused()).toBe(3);
  });

  it("counts a key no more from the moment it is accepted, refused validations change nothing", async () => {
    const manager = await startAt(noon);
    const key = await manager.createKey();
    turnTo(noon + 40 * dayMs);
    const unused = async () => (await statsOf(manager)).unusedFor30Days;
    await manager.validate(key.key, { scopes: ["orders:read"] });
    expect(await unused()).toBe(1);
    await manager.validate(key.key);
    expect(await unused()).toBe(0);
    await runAlarms();
    await evictAll();
    expect(await unused()).toBe(0);
    turnTo(noon + 71 * dayMs);
    expect(await unused()).toBe(1);
    await manager.revoke(key.id);
    expect(await unused()).toBe(0);
    await manager.delete(key.id);
    expect(await unused()).toBe(0);
  });
});

describe("validations", () => {
  it("are summed over all keys for 24 hours and 30 days, those of deleted keys too", async () => {
    const manager = await startAt(noon);
    const [one, other] = [await manager.createKey(), await manager.createKey({ enabled: false })];
    await manager.validate(one.key);
    turnTo(noon + 29 * dayMs);
    await manager.validate(one.key);
    await manager.validate(other.key);
    turnTo(noon + 30 * dayMs - hourMs);
    await manager.validate(other.key);
    const validations = async () => (await statsOf(manager)).validations;
    expect(await validations()).toEqual({
      last24Hours: { valid: 1, disabled: 2 },
      last30Days: { valid: 2, disabled: 2 },
    });
    await runAlarms();
    await evictAll();
    await manager.revoke(one.id);
    await manager.delete(one.id);
    turnTo(noon + 30 * dayMs);
    expect(await validations()).toEqual({
      last24Hours: { disabled: 1 },
      last30Days: { valid: 1, disabled: 2 },
    });
  });
});

describe("figures that are cut", () => {
  it("say so while more keys came to an end than may be looked at, and the alarm catches up", async () => {
    testWorld.examinedRowsMax = 3;
    const manager = await startAt(noon, { SHARDS: "1" });
    for (let made = 0; made < 8; made += 1) await manager.createKey({ expiresInSeconds: 8 * 86_400 + made });
    await manager.createKey();
    turnTo(noon + 10 * dayMs);
    const first = await statsOf(manager);
    expect(first).toMatchObject({ complete: false, keys: { total: 9 } });
    expect(first.keys.byStatus).toEqual(byStatus({ active: 9 }));
    expect(first.expiringIn7Days).toBe(3);

    const told: boolean[] = [];
    for (let round = 0; round < 6; round += 1) {
      await runAlarms();
      if (round % 2 === 0) await evictAll();
      const { complete, keys } = await statsOf(manager);
      told.push(complete);
      expect(keys.byStatus.active + keys.byStatus.expired).toBe(9);
      if (complete) expect(keys.byStatus).toEqual(byStatus({ active: 1, expired: 8 }));
    }
    expect(told[0]).toBe(false);
    expect(told.at(-1)).toBe(true);
  });

  it("come through any number of keys that end in the same millisecond", async () => {
    testWorld.examinedRowsMax = 2;
    const manager = await startAt(noon, { SHARDS: "1" });
    const expiresAt = new Date(noon + hourMs).toISOString();
    const keys: CreatedKey[] = [];
    for (let made = 0; made < 7; made += 1) keys.push(await manager.createKey({ expiresAt }));
    turnTo(noon + hourMs + 1);
    await statsOf(manager);
    const expired: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      await runAlarms();
      expired.push((await statusesOf(manager)).expired);
    }
    expect(expired).toEqual([4, 6, 7, 7, 7]);
    await manager.patch(keys[0]?.id ?? "", { expiresAt: null });
    expect(await statusesOf(manager)).toEqual(byStatus({ active: 1, expired: 6 }));
  });
});

describe("a caller whose right is narrowed", () => {
  it("is told of the keys they may see, and of nothing else", async () => {
    const manager = await startAt(noon);
    const own = await manager.createKey({ owner: "acct_1" });
    await manager.createKey({ owner: "acct_1", prefix: "acme_test", enabled: false });
    const other = await manager.createKey({ owner: "acct_2" });
    const tampered = await manager.createKey({ owner: "acct_1" });
    await tamperWith(tampered);
    for (const { key } of [own, other, tampered]) await manager.validate(key);
    await manager.rotate(other.id);
    await manager.createKey({ owner: "acct_1", expiresInSeconds: 3600 });

    const byOwner = await roleOf(manager, "by-owner", { owners: ["acct_1"] });
    const expected = {
      keys: { total: 3, byStatus: byStatus({ active: 2, disabled: 1 }) },
      expiringIn7Days: 1,
      inGrace: 0,
      unusedFor30Days: 0,
      validations: { last24Hours: { valid: 1 }, last30Days: { valid: 1 } },
      complete: true,
    };
    expect(await statsOf(byOwner)).toEqual(expected);
    expect(await statsOf(await roleOf(manager, "by-glob", { owners: ["*_1"] }))).toEqual(expected);
    const byPrefix = await statsOf(await roleOf(manager, "by-prefix", { owners: ["acct_*"], prefixes: ["acme_*"] }));
    expect(byPrefix.keys).toEqual({ total: 1, byStatus: byStatus({ disabled: 1 }) });
    const nobody = await statsOf(await roleOf(manager, "nobody", { owners: ["acct_3"] }));
    expect(nobody).toMatchObject({ keys: { total: 0, byStatus: none }, complete: true });
    const { keys, validations } = await statsOf(manager);
    expect([keys.total, validations.last24Hours]).toEqual([6, { valid: 2, tampered: 1 }]);
  });

  it("is told by the same clock as everybody", async () => {
    const manager = await startAt(noon);
    const narrow = await roleOf(manager, "narrow", { owners: ["acct_1"] });
    const key = await manager.createKey();
    await manager.rotate(key.id, { graceSeconds: 3600 });
    await manager.createKey({ expiresInSeconds: 40 * 86_400 });
    await manager.validate(key.key);
    for (const afterMs of [0, 2 * hourMs, 20 * dayMs, 31 * dayMs, 35 * dayMs, 41 * dayMs]) {
      turnTo(noon + afterMs);
      expect([afterMs, await statsOf(narrow)]).toEqual([afterMs, await statsOf(manager)]);
    }
  });

  it("by several roles is told of what any of them shows, each key once", async () => {
    const manager = await startAt(noon);
    for (const owner of ["acct_1", "acct_1", "acct_2", "acct_3"]) await manager.createKey({ owner });
    await manager.saveRole("one", { permissions: ["keys:read"], constraint: { owners: ["acct_1", "acct_2"] } });
    await manager.saveRole("two", { permissions: ["keys:read"], constraint: { owners: ["acct_1"] } });
    await manager.saveRole("three", { permissions: ["keys:validate"], constraint: { owners: ["acct_3"] } });
    const admin = await manager.createAdmin({ roles: ["one", "two", "three"] });
    expect((await statsOf(manager.as(admin.key))).keys.total).toBe(3);
    const both = await manager.createAdmin({ roles: ["one", "auditor"] });
    expect((await statsOf(manager.as(both.key))).keys.total).toBe(4);
  });

  it("is told that the figures are of a part where the walk was cut", async () => {
    testWorld.examinedRowsMax = 5;
    const manager = await startAt(noon, { SHARDS: "1" });
    for (let made = 0; made < 5; made += 1) await manager.createKey();
    const [exact, glob] = [
      await roleOf(manager, "exact", { owners: ["acct_1"] }),
      await roleOf(manager, "glob", { owners: ["acct_1*"] }),
    ];
    for (const caller of [exact, glob]) {
      expect(await statsOf(caller)).toMatchObject({ complete: true, keys: { total: 5 } });
    }
    for (let made = 0; made < 3; made += 1) await manager.createKey({ owner: "acct_2" });
    expect(await statsOf(exact)).toMatchObject({ complete: true, keys: { total: 5 } });
    expect(await statsOf(glob)).toMatchObject({ complete: false, keys: { total: 2 } });
    await manager.createKey();
    expect(await statsOf(exact)).toMatchObject({ complete: false, keys: { total: 5 } });
    expect(await statsOf(manager)).toMatchObject({ complete: true, keys: { total: 9 } });
  });

  it("is told so where it was the validations of their keys that were too many", async () => {
    testWorld.examinedRowsMax = 4;
    const manager = await startAt(noon, { SHARDS: "1" });
    const keys = [await manager.createKey(), await manager.createKey(), await manager.createKey()];
    const narrow = await roleOf(manager, "narrow", { owners: ["acct_1"] });
    for (const days of [0, 1]) {
      turnTo(noon + days * dayMs);
      for (const { key } of keys) await manager.validate(key);
    }
    expect(await statsOf(narrow)).toMatchObject({
      complete: false,
      keys: { total: 3 },
      validations: { last30Days: { valid: 4 } },
    });
  });
});
