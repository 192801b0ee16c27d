import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CreatedAdmin,
  evictAll,
  forgetEverything,
  inObject,
  type Manager,
  runAlarms,
  startManager,
} from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import { advance, isAlive, openSession, sessionIds, sessionRows, type Visit } from "../support/session.ts";
import { testWorld } from "../support/test-world.ts";

let manager: Manager;

/** The clock goes on only where a test says so. */
const startedAt = Date.now();

beforeAll(async () => {
  testWorld.fixedTime = startedAt;
  manager = await startManager();
});
afterAll(forgetEverything);

const minute = 60;
const hour = 3600;

const seenAt = async ({ id }: Visit): Promise<number | undefined> =>
  (await sessionRows()).find((row) => row.id === id)?.seen_at;

describe("a session that nobody uses", () => {
  it("lives for 30 minutes after its last use, and no longer", async () => {
    const visit = await openSession(manager);
    for (let uses = 0; uses < 3; uses += 1) {
      advance(30 * minute - 2);
      expect(await isAlive(visit)).toBe(true);
    }
    advance(30 * minute + 2);
    expect(await isAlive(visit)).toBe(false);
  });

  it("tells when it will end", async () => {
    const visit = await openSession(manager);
    const { createdAt, idleEndsAt, endsAt } = (await visit.request("/v1/session")).body;
    expect(Date.parse(endsAt) - Date.parse(createdAt)).toBe(12 * hour * 1000);
    const idleMs = Date.parse(idleEndsAt) - Date.parse(createdAt);
    expect(idleMs).toBeGreaterThanOrEqual(30 * minute * 1000);
    expect(idleMs).toBeLessThan(31 * minute * 1000);
  });

  it("does not come back when the clock steps back or the object is started anew", async () => {
    const visit = await openSession(manager);
    advance(31 * minute);
    expect(await isAlive(visit)).toBe(false);
    advance(-31 * minute);
    expect(await isAlive(visit)).toBe(false);
    await evictAll();
    expect(await isAlive(visit)).toBe(false);
    advance(31 * minute);
  });
});

describe("a session in use all the time", () => {
  it("ends after 12 hours", async () => {
    const visit = await openSession(manager);
    for (let elapsed = 25; elapsed < 12 * 60; elapsed += 25) {
      advance(25 * minute);
      expect([elapsed, await isAlive(visit)]).toEqual([elapsed, true]);
    }
    advance(20 * minute - 5);
    expect(await isAlive(visit)).toBe(true);
    advance(10);
    expect(await isAlive(visit)).toBe(false);
  });

  it("writes down once a minute at most that it is", async () => {
    const visit = await openSession(manager);
    const opened = await seenAt(visit);
    for (const seconds of [20, 20, 15]) {
      advance(seconds);
      await visit.request("/v1/me");
      expect(await seenAt(visit)).toBe(opened);
    }
    advance(10);
    await Promise.all(Array.from({ length: 20 }, () => visit.request("/v1/me")));
    const marked = await seenAt(visit);
    expect(marked).toBeGreaterThan(opened ?? 0);
    advance(50);
    await visit.request("/v1/me");
    expect(await seenAt(visit)).toBe(marked);
  });

  it("writes nothing else, and its record stays signed", async () => {
    const visit = await openSession(manager);
    const others = () =>
      inObject("admin", (sql) => [
        sql.exec("SELECT count(*) AS count FROM events").one(),
        sql.exec("SELECT sequence, counters FROM object_state").one(),
      ]);
    const before = await others();
    for (let uses = 0; uses < 4; uses += 1) {
      advance(2 * minute);
      await visit.request("/v1/me");
    }
    expect(await others()).toEqual(before);
    await evictAll();
    expect(await isAlive(visit)).toBe(true);
  });

  it("goes on when the object is started anew, from its last mark", async () => {
    const visit = await openSession(manager);
    advance(25 * minute);
    expect(await isAlive(visit)).toBe(true);
    await evictAll();
    advance(25 * minute);
    expect(await isAlive(visit)).toBe(true);
    await evictAll();
    advance(31 * minute);
    expect(await isAlive(visit)).toBe(false);
  });
});

describe("a session is dead when the key that opened it", () => {
  const act =
    (path: string, json: unknown, method = "POST") =>
    (admin: CreatedAdmin) =>
      manager.request(`/v1/admins/${admin.id}${path}`, { method, json });

  it.each<[string, string, readonly ((admin: CreatedAdmin) => Promise<unknown>)[]]>([
    ["is revoked", "revoked", [act("/revoke", {})]],
    ["is disabled", "disabled", [act("", { enabled: false }, "PATCH")]],
    ["is rotated without grace", "rotated", [act("/rotate", { graceSeconds: 0 })]],
    ["is past its grace", "rotated", [act("/rotate", { graceSeconds: 60 }), async () => advance(90)]],
  ])("%s", async (_what, reason, acts) => {
    const admin = await manager.createAdmin();
    const visit = await openSession(manager.as(admin.key));
    expect(await isAlive(visit)).toBe(true);
    for (const one of acts) await one(admin);
    const answer = await visit.request("/v1/me");
    expectProblem(answer, 401, "invalid_credential");
    expect(answer.body.reason).toBe(reason);
    expect(answer.headers.get("WWW-Authenticate")).toContain("invalid_token");
    expectProblem(await visit.request("/v1/session", { method: "DELETE" }), 401, "invalid_credential");
  });

  it("is expired, be it sooner than the session", async () => {
    const expiresAt = new Date((testWorld.fixedTime ?? startedAt) + 10 * minute * 1000).toISOString();
    const visit = await openSession(manager.as((await manager.createAdmin({ expiresAt })).key));
    advance(9 * minute);
    expect(await isAlive(visit)).toBe(true);
    advance(2 * minute);
    expect((await visit.request("/v1/me")).body.reason).toBe("expired");
    await evictAll();
    advance(hour);
    expect(await isAlive(visit)).toBe(false);
  });

  it("but lives on with it through its grace", async () => {
    const admin = await manager.createAdmin();
    const visit = await openSession(manager.as(admin.key));
    const { body: fresh } = await manager.request(`/v1/admins/${admin.id}/rotate`, { json: { graceSeconds: 600 } });
    advance(9 * minute);
    expect((await visit.request("/v1/me")).body).toMatchObject({ id: admin.id, status: "rotating" });
    advance(2 * minute);
    expect(await isAlive(visit)).toBe(false);
    expect((await manager.as(fresh.key).request("/v1/me")).status).toBe(200);
  });
});

describe("the alarm", () => {
  it("clears sessions away that ended, and never one that lives", async () => {
    advance(13 * hour);
    await runAlarms();
    expect(await sessionIds()).toEqual([]);
    const [idle, used] = [await openSession(manager), await openSession(manager)];
    for (let uses = 0; uses < 5; uses += 1) {
      advance(29 * minute);
      expect(await isAlive(used)).toBe(true);
      await runAlarms();
    }
    expect(await sessionIds()).toEqual([used.id]);
    await evictAll();
    await runAlarms();
    expect(await isAlive(used)).toBe(true);
    expect(await isAlive(idle)).toBe(false);
    advance(13 * hour);
    await runAlarms();
    expect(await sessionIds()).toEqual([]);
    const counters = await inObject("admin", (sql) => sql.exec("SELECT counters FROM object_state").one().counters);
    const admins = await inObject("admin", (sql) => sql.exec("SELECT count(*) AS count FROM admins").one().count);
    const counted = Object.entries(JSON.parse(String(counters))).filter(([name]) => name.startsWith("mac:"));
    expect(counted.map(([, count]) => count)).toEqual([admins]);
  });
});

describe("the fifty-first session of an admin", () => {
  it("ends the oldest of the same admin, and no other", async () => {
    const admin = manager.as((await manager.createAdmin()).key);
    const somebodyElses = await openSession(manager);
    const visits: Visit[] = [];
    for (let count = 0; count < 51; count += 1) visits.push(await openSession(admin));
    const [oldest, next] = visits;
    expect(await Promise.all(visits.map(isAlive))).toEqual(visits.map((visit) => visit !== oldest));
    await openSession(admin);
    expect(next && (await isAlive(next))).toBe(false);
    expect(await isAlive(somebodyElses)).toBe(true);
  });

  it("ends none that lives while others have ended by themselves", async () => {
    const admin = manager.as((await manager.createAdmin()).key);
    const inUse = await openSession(admin);
    for (let count = 0; count < 49; count += 1) await openSession(admin);
    for (let uses = 0; uses < 2; uses += 1) {
      advance(20 * minute);
      expect(await isAlive(inUse)).toBe(true);
    }
    const fresh = await openSession(admin);
    expect([await isAlive(inUse), await isAlive(fresh)]).toEqual([true, true]);
  });
});
