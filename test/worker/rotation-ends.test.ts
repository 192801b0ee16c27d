import { afterEach, describe, expect, it } from "vitest";
import {
  type CreatedKey,
  eventsAbout,
  eventTypesOf,
  evictAll,
  forgetEverything,
  type Manager,
  rowOf,
  runAlarms,
  startManager,
} from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const hourMs = 3_600_000;

interface Pair {
  readonly old: CreatedKey;
  readonly fresh: CreatedKey;
}

const rotatedPair = async (manager: Manager, graceSeconds = 86_400): Promise<Pair> => {
  const old = await manager.createKey({ scopes: ["orders:read"] });
  return { old, fresh: (await manager.rotate(old.id, { graceSeconds })).body };
};

const codesOf = async (manager: Manager, { old, fresh }: Pair) => [
  (await manager.validate(old.key)).code,
  (await manager.validate(fresh.key)).code,
];

describe("finishing a rotation", () => {
  it("ends the grace now, and a clock that steps back revives nothing", async () => {
    const manager = await startManager();
    const pair = await rotatedPair(manager);
    const { status, body, headers } = await manager.finish(pair.old.id);
    expect([status, headers.get("ETag")]).toEqual([200, '"3"']);
    expect(body).toMatchObject({ id: pair.old.id, status: "rotated", rotation: { successor: pair.fresh.id } });
    expect(body.rotation.graceEndsAt).toBe(body.updatedAt);
    expect(await codesOf(manager, pair)).toEqual(["rotated", "valid"]);
    await evictAll();
    testWorld.clockOffsetMs = -hourMs;
    expect(await codesOf(manager, pair)).toEqual(["rotated", "valid"]);
  });

  it("is an event that tells both ends of the grace", async () => {
    const manager = await startManager();
    const { body: fresh } = await manager.rotate((await manager.createKey()).id);
    const { id, rotation } = fresh.replaced;
    const { body } = await manager.finish(id);
    const last = (await eventsAbout(id)).at(-1);
    expect(last?.type).toBe("key.rotation_finished");
    expect(JSON.parse(last?.changes ?? "")).toEqual({
      graceEndsAt: { from: rotation.graceEndsAt, to: body.rotation.graceEndsAt },
    });
  });

  it("ends a grace of a disabled key too, so that enabling does not revive it", async () => {
    const manager = await startManager();
    const { old } = await rotatedPair(manager);
    await manager.patch(old.id, { enabled: false });
    expect((await manager.finish(old.id)).body.status).toBe("rotated");
    expectProblem(await manager.patch(old.id, { enabled: true }), 409, "key_rotated");
  });
});

type Ending = (manager: Manager, pair: Pair) => Promise<unknown>;

describe("a rotation that is over", () => {
  it.each<[string, Ending]>([
    ["an act", (manager, { old }) => manager.finish(old.id)],
    ["a rotation without grace", async (manager, { fresh }) => manager.rotate(fresh.id, { graceSeconds: 0 })],
    ["a revocation of the successor", (manager, { fresh }) => manager.revoke(fresh.id)],
    ["a revocation of the old key", (manager, { old }) => manager.revoke(old.id)],
    ["a cancel", (manager, { old }) => manager.cancel(old.id)],
    ["a shortened expiry", (manager, { old }) => shortenLife(manager, old)],
    ["the clock", () => stepClock(86_401_000)],
  ])("by %s can neither be finished nor cancelled", async (by, end) => {
    const manager = await startManager();
    const pair = await rotatedPair(manager);
    await end(manager, pair);
    const { id } = by === "a rotation without grace" ? pair.fresh : pair.old;
    const before = await rowOf(id);
    expectProblem(await manager.finish(id), 409, "not_rotating");
    expectProblem(await manager.cancel(id, { force: true }), 409, "not_rotating");
    expect(await rowOf(id)).toBe(before);
  });

  it("was none for a key without successor", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    expectProblem(await manager.finish(id), 409, "not_rotating");
    expectProblem(await manager.cancel(id), 409, "not_rotating");
    expect(await eventTypesOf(id)).toEqual(["key.created"]);
  });
});

const stepClock = async (milliseconds: number): Promise<void> => {
  testWorld.clockOffsetMs += milliseconds;
};

const shortenLife = async (manager: Manager, { id }: CreatedKey): Promise<void> => {
  await manager.patch(id, { expiresAt: new Date(Date.now() + 60_000).toISOString() });
  await stepClock(61_000);
};

describe("cancelling a rotation", () => {
  it("makes the old key the key again, with the same secret, and revokes the successor", async () => {
    const manager = await startManager();
    const pair = await rotatedPair(manager);
    const { old, fresh } = pair;
    const { status, body, headers } = await manager.cancel(old.id);
    expect([status, headers.get("ETag")]).toEqual([200, '"3"']);
    expect(body).toMatchObject({
      id: old.id,
      status: "active",
      rotation: { predecessor: null, successor: null, graceEndsAt: null },
    });
    expect(await manager.validate(old.key)).toMatchObject({ valid: true, warnings: [], validUntil: null });
    expect(await manager.validate(fresh.key)).toMatchObject({ valid: false, code: "revoked", id: fresh.id });
    expect((await manager.request(`/v1/keys/${fresh.id}`)).body).toMatchObject({
      status: "revoked",
      revocationReason: "rotation_cancelled",
      rotation: { predecessor: old.id },
    });
    expect(await eventTypesOf(old.id)).toEqual(["key.created", "key.rotated", "key.rotation_cancelled"]);
    expect((await eventsAbout(fresh.id)).map(({ type, reason }) => [type, reason])).toEqual([
      ["key.revoked", "rotation_cancelled"],
    ]);
  });

  it("counts only an accepted validation as a use of the successor", async () => {
    const manager = await startManager();
    const { old, fresh } = await rotatedPair(manager);
    expect(await manager.validate(fresh.key, { scopes: ["users:read"] })).toMatchObject({ code: "insufficient_scope" });
    expect(await manager.validate(fresh.key, { prefixes: ["acme"] })).toMatchObject({ code: "wrong_prefix" });
    expect((await manager.cancel(old.id)).status).toBe(200);
  });

  it("is refused once the successor is in use, unless it is forced; an eviction forgets no use", async () => {
    const manager = await startManager();
    const pair = await rotatedPair(manager);
    await manager.validate(pair.fresh.key);
    await evictAll();
    const before = [await rowOf(pair.old.id), await rowOf(pair.fresh.id)];
    for (const json of [{}, { force: false }]) {
      const refused = await manager.cancel(pair.old.id, json);
      expectProblem(refused, 409, "successor_in_use");
      expect(refused.body).toMatchObject({ successor: pair.fresh.id });
    }
    expectInvalid(await manager.cancel(pair.old.id, { force: "yes" }), { pointer: "#/force" });
    expect([await rowOf(pair.old.id), await rowOf(pair.fresh.id)]).toEqual(before);
    expect((await manager.cancel(pair.old.id, { force: true })).body.status).toBe("active");
    expect(await codesOf(manager, pair)).toEqual(["valid", "revoked"]);
  });

  it("moves no version by the first use of the successor", async () => {
    const manager = await startManager();
    const { fresh } = await rotatedPair(manager);
    const before = await rowOf(fresh.id);
    await manager.validate(fresh.key);
    expect((await manager.request(`/v1/keys/${fresh.id}`)).body).toMatchObject({ version: 1 });
    const used = await rowOf(fresh.id);
    expect(used).not.toBe(before);
    await manager.validate(fresh.key);
    expect(await rowOf(fresh.id)).toBe(used);
  });
});

describe("a rotation, cancelled, begun again and finished, has the same verdicts", () => {
  it.each<[string, () => Promise<void>]>([
    ["undisturbed", async () => undefined],
    ["when every object is evicted after every step", evictAll],
    ["when every alarm runs after every step", runAlarms],
    ["when the clock steps back two hours after every step", () => stepClock(-2 * hourMs)],
    ["when the clock steps on two hours after every step", () => stepClock(2 * hourMs)],
    ["when the clock steps back and the objects are evicted", () => stepClock(-2 * hourMs).then(evictAll)],
    [
      "when the clock steps on, alarms run and the objects are evicted",
      () => stepClock(hourMs).then(alarmsAndEviction),
    ],
  ])("%s", async (_how, disturb) => {
    const manager = await startManager();
    const first = await rotatedPair(manager);
    await disturb();
    expect(await codesOf(manager, first)).toEqual(["valid", "valid"]);
    expect((await manager.cancel(first.old.id, { force: true })).status).toBe(200);
    await disturb();
    expect(await codesOf(manager, first)).toEqual(["valid", "revoked"]);

    const { body: next } = await manager.rotate(first.old.id);
    const second = { old: first.old, fresh: next };
    await disturb();
    expect(next).toMatchObject({ lineage: first.old.id, rotation: { predecessor: first.old.id } });
    expect(next.id > first.fresh.id).toBe(true);
    expect(await codesOf(manager, second)).toEqual(["valid", "valid"]);
    expect((await manager.finish(first.old.id)).status).toBe(200);
    await disturb();
    expect(await codesOf(manager, second)).toEqual(["rotated", "valid"]);
    expect(await codesOf(manager, first)).toEqual(["rotated", "revoked"]);
  });
});

const alarmsAndEviction = () => runAlarms().then(evictAll);

describe("a rotation whose successor was rotated and deleted", () => {
  it("is not cancelled: the lineage has one head", async () => {
    const manager = await startManager();
    const first = await manager.createKey();
    const { body: second } = await manager.rotate(first.id, { graceSeconds: 3600 });
    const { body: third } = await manager.rotate(second.id, { graceSeconds: 0 });
    expect((await manager.delete(second.id)).status).toBe(204);
    const answer = await manager.cancel(first.id, { force: true });
    expect(answer).toMatchObject({ status: 409, body: { code: "successor_rotated", successor: second.id } });
    expect(await manager.validate(third.key)).toMatchObject({ valid: true });
  });
});
