import { afterEach, describe, expect, it } from "vitest";
import {
  type CreatedKey,
  eventTypesOf,
  evictAll,
  forgetEverything,
  type Manager,
  rowOf,
  startManager,
} from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const hourMs = 3_600_000;
const codesOf = async (manager: Manager, keys: readonly CreatedKey[]) =>
  (await Promise.all(keys.map(({ key }) => manager.validate(key)))).map(({ code }) => code);

describe("a rotation", () => {
  it("gives a new secret while the old one works on, with a warning, until its grace ends", async () => {
    const manager = await startManager();
    const old = await manager.createKey({ scopes: ["a:b"], metadata: { m: 1 }, prefix: "acme_live" });
    const { status, body: fresh, headers } = await manager.rotate(old.id, { graceSeconds: 60 });
    expect(status).toBe(201);
    expect(headers.get("Location")).toBe(`/v1/keys/${fresh.id}`);
    expect(fresh).toMatchObject({
      lineage: old.id,
      name: old.name,
      owner: old.owner,
      prefix: "acme_live",
      scopes: ["a:b"],
      metadata: { m: 1 },
      recoverable: true,
      version: 1,
      rotation: { predecessor: old.id, successor: null, graceEndsAt: null },
      replaced: { id: old.id, status: "rotating", version: 2, rotation: { successor: fresh.id } },
    });
    const { graceEndsAt } = fresh.replaced.rotation;
    expect(await manager.validate(old.key)).toMatchObject({
      valid: true,
      validUntil: graceEndsAt,
      warnings: [{ code: "rotating", successor: fresh.id, graceEndsAt }],
    });
    expect(await manager.validate(fresh.key)).toMatchObject({ valid: true, warnings: [], validUntil: null });
    testWorld.clockOffsetMs = 61_000;
    expect(await manager.validate(old.key)).toMatchObject({
      code: "rotated",
      id: old.id,
      graceEndsAt,
      successor: fresh.id,
    });
    await evictAll();
    testWorld.clockOffsetMs = -hourMs;
    expect(await manager.validate(old.key)).toMatchObject({ code: "rotated" });
    expect(await manager.validate(fresh.key)).toMatchObject({ valid: true });
  });

  it("of a trial key makes a trial key that ends in the very same moment", async () => {
    const manager = await startManager();
    const old = await manager.createKey({ expiresInSeconds: 60, recoverable: false, name: "Trial" });
    testWorld.clockOffsetMs = 30_000;
    const { body: fresh } = await manager.rotate(old.id, { graceSeconds: 5 });
    expect(fresh).toMatchObject({ expiresAt: old.expiresAt, recoverable: false, name: "Trial", lastUsedAt: null });
    expect(fresh.key.slice(-47)).not.toBe(old.key.slice(-47));
    expectProblem(await manager.reveal(fresh.id), 409, "not_recoverable");
    testWorld.clockOffsetMs = 61_000;
    expect(await codesOf(manager, [old, fresh])).toEqual(["expired", "expired"]);
  });

  it("ends the old key a day later unless told otherwise, and at its own expiry if that is earlier", async () => {
    const manager = await startManager();
    const { replaced } = (await manager.rotate((await manager.createKey()).id)).body;
    const graceMs = Date.parse(replaced.rotation.graceEndsAt ?? "") - Date.parse(replaced.updatedAt);
    expect(graceMs).toBe(86_400_000);
    const trial = await manager.createKey({ expiresInSeconds: 60 });
    const { body } = await manager.rotate(trial.id, { graceSeconds: 2_592_000 });
    expect(body.replaced.rotation.graceEndsAt).toBe(trial.expiresAt);
    expect(await manager.validate(trial.key)).toMatchObject({ valid: true, validUntil: trial.expiresAt });
  });

  it("without grace ends the old key in the same answer, and a clock that steps back revives nothing", async () => {
    const manager = await startManager();
    const old = await manager.createKey();
    const { body: fresh } = await manager.rotate(old.id, { graceSeconds: 0 });
    expect(fresh.replaced).toMatchObject({ status: "rotated", rotation: { successor: fresh.id } });
    expect(await codesOf(manager, [old, fresh])).toEqual(["rotated", "valid"]);
    await evictAll();
    testWorld.clockOffsetMs = -hourMs;
    expect(await codesOf(manager, [old, fresh])).toEqual(["rotated", "valid"]);
  });

  it("is one event, on the old key", async () => {
    const manager = await startManager();
    const old = await manager.createKey();
    const { body: fresh } = await manager.rotate(old.id);
    expect(await eventTypesOf(old.id)).toEqual(["key.created", "key.rotated"]);
    expect(await eventTypesOf(fresh.id)).toEqual([]);
  });
});

type Act = (manager: Manager, id: string) => Promise<unknown>;
const acts = {
  revoked: (manager, id) => manager.revoke(id),
  rotated: (manager, id) => manager.rotate(id, { graceSeconds: 0 }),
  rotating: (manager, id) => manager.rotate(id, { graceSeconds: 30 }),
  disabled: (manager, id) => manager.patch(id, { enabled: false }),
  expired: async () => {
    testWorld.clockOffsetMs = 61_000;
  },
} satisfies Record<string, Act>;

describe("a rotation is refused", () => {
  it.each<[readonly (keyof typeof acts)[], string]>([
    [["revoked"], "key_revoked"],
    [["rotated", "revoked"], "key_revoked"],
    [["rotating", "disabled", "revoked", "expired"], "key_revoked"],
    [["disabled", "revoked"], "key_revoked"],
    [["expired"], "key_expired"],
    [["rotating", "expired"], "key_expired"],
    [["rotated", "expired"], "key_expired"],
    [["disabled", "expired"], "key_expired"],
    [["rotating"], "already_rotated"],
    [["rotated"], "already_rotated"],
    [["rotating", "disabled"], "already_rotated"],
    [["disabled"], "key_disabled"],
  ])("for a key that is %s: %s, and nothing changes", async (states, code) => {
    const manager = await startManager();
    const { id } = await manager.createKey({ expiresInSeconds: 60 });
    for (const state of states) await acts[state](manager, id);
    const before = await rowOf(id);
    const { body: shown } = await manager.request(`/v1/keys/${id}`);
    const answer = await manager.rotate(id);
    expectProblem(answer, 409, code);
    expect(answer.body.key).toBeUndefined();
    if (code === "already_rotated") expect(answer.body).toMatchObject({ successor: shown.rotation.successor });
    expect(await rowOf(id)).toBe(before);
  });

  it.each([-1, 2_592_001, 0.5, "60", null])("for a grace of %o seconds", async (graceSeconds) => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    expectInvalid(await manager.rotate(id, { graceSeconds }), { pointer: "#/graceSeconds" });
    expect((await manager.request(`/v1/keys/${id}`)).body.version).toBe(1);
  });

  it("for a key that does not exist", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    expectProblem(await manager.rotate(`${id.slice(0, -1)}!`), 404, "key_not_found");
    const other = `${id.slice(0, -1)}${id.endsWith("x") ? "y" : "x"}`;
    expectProblem(await manager.rotate(other), 404, "key_not_found");
  });
});

const chainOf = async (manager: Manager, graces: readonly number[] = [600, 300]): Promise<CreatedKey[]> => {
  const chain = [await manager.createKey()];
  for (const graceSeconds of graces) chain.push((await manager.rotate(chain.at(-1)?.id ?? "", { graceSeconds })).body);
  return chain;
};

const idsOf = (keys: readonly { readonly id: string }[]) => keys.map(({ id }) => id);
const lineageOf = async (manager: Manager, id: string): Promise<string[]> =>
  idsOf((await manager.request(`/v1/keys?lineage=${id}`)).body.items);

describe("a chain of rotations", () => {
  it("ends nothing early: every key works until its own grace is over", async () => {
    const manager = await startManager();
    const chain = await chainOf(manager);
    expect(await codesOf(manager, chain)).toEqual(["valid", "valid", "valid"]);
    testWorld.clockOffsetMs = 301_000;
    expect(await codesOf(manager, chain)).toEqual(["valid", "rotated", "valid"]);
    testWorld.clockOffsetMs = 601_000;
    expect(await codesOf(manager, chain)).toEqual(["rotated", "rotated", "valid"]);
  });

  it("is taken back from its newest end only", async () => {
    const manager = await startManager();
    const chain = await chainOf(manager);
    const [a = "", b = ""] = idsOf(chain);
    const refused = await manager.cancel(a, { force: true });
    expectProblem(refused, 409, "successor_rotated");
    expect(refused.body).toMatchObject({ successor: b });
    expect(await codesOf(manager, chain)).toEqual(["valid", "valid", "valid"]);
    expect((await manager.cancel(b, { force: true })).status).toBe(200);
    expect((await manager.cancel(a, { force: true })).status).toBe(200);
    expect(await codesOf(manager, chain)).toEqual(["valid", "revoked", "revoked"]);
  });

  it("loses every key still in grace when its newest is revoked, and is told which", async () => {
    const manager = await startManager();
    const chain = await chainOf(manager, [600, 300, 0]);
    const [a, b, c, d = ""] = idsOf(chain);
    const { body } = await manager.revoke(d, { reason: "leaked" });
    expect(body).toMatchObject({ id: d, status: "revoked", alsoRevoked: [a, b] });
    expect(await codesOf(manager, chain)).toEqual(["revoked", "revoked", "rotated", "revoked"]);
    expect((await manager.request(`/v1/keys/${a}`)).body.revocationReason).toBe("leaked");
    expect(await eventTypesOf(c ?? "")).toEqual(["key.rotated"]);
  });

  it.each([0, 1, 2])("dies as a whole by a revocation of its lineage, named by key %i", async (named) => {
    const manager = await startManager();
    const chain = await chainOf(manager);
    const id = chain[named]?.id ?? "";
    const { body } = await manager.revoke(id, { lineage: true });
    expect(body.alsoRevoked).toEqual(idsOf(chain).filter((other) => other !== id));
    expect(await codesOf(manager, chain)).toEqual(["revoked", "revoked", "revoked"]);
  });

  it("keeps its lineage when its first key is deleted", async () => {
    const manager = await startManager();
    const chain = await chainOf(manager, [0, 600]);
    const [a = "", b = "", c = ""] = idsOf(chain);
    expect(await lineageOf(manager, a)).toEqual([c, b, a]);
    expect((await manager.delete(a)).status).toBe(204);
    expect(await lineageOf(manager, a)).toEqual([c, b]);
    const { body: d } = await manager.rotate(c);
    expect(d.lineage).toBe(a);
    expect(await manager.validate(d.key)).toMatchObject({ valid: true, lineage: a });
    expect((await manager.revoke(b, { lineage: true })).body.alsoRevoked).toEqual([c, d.id]);
  });
});
