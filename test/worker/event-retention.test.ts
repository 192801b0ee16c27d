import { afterEach, describe, expect, it } from "vitest";
import { appendEvents, eventPage, idsIn, oneTo, sequencesIn, verification, walkEvents } from "../support/event-walk.ts";
import { createInShard } from "../support/list-walk.ts";
import {
  eventTypesOf,
  evictAll,
  forgetEverything,
  inObject,
  Manager,
  redeploy,
  runAlarms,
  startManager,
} from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const dayMs = 86_400_000;
const object = "shard-00";

const deployedFor = async (days: number): Promise<Manager> => {
  await redeploy({ AUDIT_RETENTION_DAYS: String(days) });
  return startManager();
};

const sequencesOf = (name: string): Promise<number[]> =>
  inObject(name, (sql) =>
    [...sql.exec("SELECT sequence FROM events ORDER BY sequence")].map((row) => Number(row.sequence)),
  );

const alarmOf = async (name: string): Promise<number | null> => inObject(name, (_sql, storage) => storage.getAlarm());

/** Three events today and three in ten days, in one shard. */
const oldAndNew = async (days: number): Promise<Manager> => {
  const manager = await deployedFor(days);
  await manager.createKey();
  const before = (await sequencesOf(object)).length;
  for (let made = before; made < 3; made += 1) await createInShard(0);
  testWorld.clockOffsetMs = 10 * dayMs;
  for (let made = 0; made < 3; made += 1) await createInShard(0);
  return manager;
};

describe("AUDIT_RETENTION_DAYS", () => {
  it("prunes what is older, and what is left still follows from what was there", async () => {
    const manager = await oldAndNew(5);
    const newest = idsIn((await eventPage(manager)).body.items);
    await runAlarms();
    expect(await sequencesOf(object)).toEqual([4, 5, 6]);
    expect(await sequencesOf("admin")).toEqual([]);
    expect(idsIn(await walkEvents(manager))).toEqual(newest.slice(0, 3));
    const found = await verification(manager);
    expect(found.intact).toBe(true);
    expect(found.chains.find((chain) => chain.object === object)).toMatchObject({ events: 3, verifiedThrough: 6 });
    expect(found.chains.find((chain) => chain.object === "admin")).toMatchObject({ events: 0, verifiedThrough: 1 });
  });

  it("goes on with the same chain afterwards, and prunes it again", async () => {
    const manager = await oldAndNew(5);
    await runAlarms();
    await createInShard(0);
    expect(await sequencesOf(object)).toEqual([4, 5, 6, 7]);
    testWorld.clockOffsetMs = 17 * dayMs;
    await evictAll();
    await createInShard(0);
    await runAlarms();
    expect(await sequencesOf(object)).toEqual([8]);
    const found = await verification(manager);
    expect(found.intact).toBe(true);
    expect(found.chains.find((chain) => chain.object === object)).toMatchObject({ events: 1, verifiedThrough: 8 });
  });

  it("is 400 days where nothing is set", async () => {
    const manager = await startManager();
    await manager.createKey();
    testWorld.clockOffsetMs = 399 * dayMs;
    await createInShard(0);
    await runAlarms();
    expect(await walkEvents(manager)).toHaveLength(3);
    testWorld.clockOffsetMs = 401 * dayMs;
    await evictAll();
    await createInShard(0);
    for (const name of [object, "admin"]) await inObject(name, (_sql, storage) => storage.setAlarm(Date.now()));
    await runAlarms();
    expect(await sequencesOf("admin")).toEqual([]);
    expect((await verification(manager)).intact).toBe(true);
  });

  it("wakes an object that is left alone once its oldest event is due, and not every day", async () => {
    const manager = await deployedFor(30);
    await manager.createKey();
    await createInShard(0);
    expect(await alarmOf(object)).toBeLessThan(Date.now() + dayMs + 1);
    await runAlarms();
    expect(await alarmOf(object)).toBeGreaterThan(Date.now() + 30 * dayMs - 60_000);
    expect(await alarmOf(object)).toBeLessThan(Date.now() + 30 * dayMs + 1);
    testWorld.clockOffsetMs = 31 * dayMs;
    await runAlarms();
    expect(await sequencesOf(object)).toEqual([]);
    expect(await alarmOf(object)).toBeNull();
  });

  it("prunes a bounded number at a time, and goes on at the next alarm", async () => {
    const manager = await deployedFor(5);
    await createInShard(0);
    await appendEvents(object, 60, Date.now());
    const all = (await sequencesOf(object)).length;
    testWorld.examinedRowsMax = 20;
    testWorld.clockOffsetMs = 10 * dayMs;
    await evictAll();
    const left: number[] = [];
    for (let alarm = 0; alarm < 4; alarm += 1) {
      await inObject(object, (_sql, storage) => storage.setAlarm(Date.now()));
      await runAlarms();
      left.push((await sequencesOf(object)).length);
      testWorld.clockOffsetMs += 10_001;
    }
    expect(left).toEqual([all - 20, all - 40, all - 60, 0]);
    expect((await verification(manager)).intact).toBe(true);
  });

  it("leaves what does not follow, for whoever has to look into it", async () => {
    const manager = await oldAndNew(5);
    await inObject(object, (sql) => void sql.exec("UPDATE events SET note = 'x' WHERE sequence = 2"));
    await runAlarms();
    expect(await sequencesOf(object)).toEqual([2, 3, 4, 5, 6]);
    expect(await alarmOf(object)).toBeGreaterThan(Date.now() + dayMs - 60_000);
    const found = await verification(manager);
    expect(found.chains.find((chain) => chain.object === object)).toMatchObject({ firstBroken: 2 });
  });

  it.each([
    ["taken away", "DELETE FROM event_checkpoint", 1],
    ["set further", "UPDATE event_checkpoint SET sequence = 4", 1],
    ["changed in its hash", "UPDATE event_checkpoint SET hash = zeroblob(32)", 1],
    ["changed in its MAC", "UPDATE event_checkpoint SET mac = zeroblob(32)", 1],
    ["kept, and the next event pruned by somebody else", "DELETE FROM events WHERE sequence = 4", 4],
  ])("leaves a mark that is missed when it is %s", async (_how, statement, expected) => {
    const manager = await oldAndNew(5);
    await runAlarms();
    await inObject(object, (sql) => void sql.exec(statement));
    const { intact, chains } = await verification(manager);
    const broken = chains.filter(({ firstBroken }) => firstBroken !== undefined);
    expect([intact, broken]).toEqual([false, [expect.objectContaining({ object, firstBroken: expected })]]);
  });

  it("shows an older mark put back, and a pruned event that stands there again", async () => {
    const manager = await oldAndNew(5);
    const pruned = await inObject(object, (sql) => sql.exec("SELECT * FROM events WHERE sequence = 2").one());
    await runAlarms();
    const mark = await inObject(object, (sql) => sql.exec("SELECT * FROM event_checkpoint").one());
    const breakOf = async () =>
      (await verification(manager)).chains.find((chain) => chain.object === object)?.firstBroken;
    const columns = Object.keys(pruned);
    await inObject(object, (sql) => {
      const marks = columns.map(() => "?").join(", ");
      sql.exec(`INSERT INTO events (${columns.join(", ")}) VALUES (${marks})`, ...Object.values(pruned));
    });
    expect(await breakOf()).toBe(2);
    await inObject(object, (sql) => void sql.exec("DELETE FROM events WHERE sequence = 2"));
    expect(await breakOf()).toBeUndefined();

    testWorld.clockOffsetMs = 20 * dayMs;
    await evictAll();
    await createInShard(0);
    await runAlarms();
    expect(await sequencesOf(object)).toEqual([7]);
    await inObject(object, (sql) => {
      const values = [mark.sequence ?? 0, mark.hash ?? null, mark.mac ?? null];
      sql.exec("UPDATE event_checkpoint SET sequence = ?, hash = ?, mac = ?", ...values);
    });
    expect(await breakOf()).toBe(4);
  });

  it("keeps the keys: only events go", async () => {
    const manager = await deployedFor(5);
    const key = await manager.createKey();
    testWorld.clockOffsetMs = 10 * dayMs;
    await manager.validate(key.key);
    await runAlarms();
    expect(await eventTypesOf(key.id)).toEqual([]);
    expect(await manager.validate(key.key)).toMatchObject({ valid: true });
    expect((await manager.revoke(key.id)).status).toBe(200);
    expect(await eventTypesOf(key.id)).toEqual(["key.revoked"]);
  });

  it("does not disturb a walk: what is left comes once", async () => {
    const manager = await oldAndNew(5);
    await manager.createKey();
    const first = (await eventPage(manager, { limit: "2" })).body;
    await runAlarms();
    const rest = (await eventPage(manager, { limit: "200" }, first.nextCursor)).body;
    const events = [...first.items, ...rest.items];
    expect(idsIn(events)).toEqual(idsIn(await walkEvents(manager)));
    const [oldest = 0] = sequencesIn(events).get(object) ?? [];
    const left = sequencesIn(events).get(object) ?? [];
    expect(left).toEqual(oneTo(left.length).map((place) => place + oldest - 1));
  });

  it.each(["0", "-1", "1.5", "soon", "3651", "400 days"])("of %o is named by readiness", async (setting) => {
    const answer = await new Manager({ AUDIT_RETENTION_DAYS: setting }).request("/readyz", { key: null });
    expect(answer.status).toBe(503);
    expect(answer.body.problems).toEqual([
      { name: "AUDIT_RETENTION_DAYS", detail: expect.stringContaining("whole number of days") },
    ]);
  });
});
