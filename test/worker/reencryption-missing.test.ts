import { afterEach, describe, expect, it } from "vitest";
import { forge, partsOf } from "../support/forgery.ts";
import { deploy, objects, startInOneShard } from "../support/full-store.ts";
import { type CreatedKey, forgetEverything, type Manager, tell } from "../support/manager.ts";
import { type AnyAnswer, expectProblem } from "../support/problems.ts";
import {
  both,
  deployed,
  fingerprintOf,
  fingerprintsOf,
  newSecrets,
  oldSecrets,
  pause,
  progressOf,
  reencrypt,
  removableOf,
  rotated,
  start,
} from "../support/rotated-secrets.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const [then, now] = [fingerprintsOf(oldSecrets), fingerprintsOf(newSecrets)];

/**
 * A key under the old secrets, then one of these swapped, with an owner and a key of that time. A run is through with the
 * admin object, on which all depends, and has not begun in the shard.
 */
const halfway = async (kind: "encryption" | "hmac") => {
  const ring = (...secrets: readonly (typeof oldSecrets)[]) =>
    kind === "hmac" ? deployed([oldSecrets], secrets) : deployed(secrets, [oldSecrets]);
  const target = { ...then, [kind]: now[kind] };
  testWorld.hasAlarms = false;
  let manager = await startInOneShard();
  const old = await manager.createKey();
  manager = await deploy(manager, ring(oldSecrets, newSecrets));
  for (const object of objects) await tell(object, { type: "start-reencryption", target, again: false });
  manager = await deploy(manager, ring(newSecrets, oldSecrets));
  const fresh = await manager.createKey();
  expect(await tell("admin", { type: "reencrypt-records" })).toBe("idle");
  return { manager, old, fresh, ring };
};

const expectNaming = (answer: AnyAnswer, fingerprint: string): void => {
  expectProblem(answer, 503, "not_configured");
  expect(answer.body.detail).toContain(fingerprint);
};

const validating = (manager: Manager, { key }: { readonly key: string }) =>
  manager.request("/v1/validate", { json: { key } });

const revealing = (manager: Manager, { id }: CreatedKey) =>
  manager.request(`/v1/keys/${id}/reveal`, { json: { reason: "lost" } });

describe("an old secret that was taken away too early", () => {
  it.each([
    { kind: "hmac", needing: validating },
    { kind: "encryption", needing: revealing },
  ] as const)("($kind) is named by what needs it and by the run, and nothing else stops", async ({ kind, needing }) => {
    const { manager: whole, old, fresh, ring } = await halfway(kind);
    const early = await deploy(whole, ring(newSecrets));
    expectNaming(await needing(early, old), then[kind]);
    expect(await early.validate(fresh.key)).toMatchObject({ valid: true });
    expect((await revealing(early, fresh)).body.key).toBe(fresh.key);
    const later = await early.createKey();

    const progress = await reencrypt(early);
    expect(progress).toMatchObject({ state: "paused", missingSecrets: [then[kind]], quarantinedCount: 0 });
    expect(progress.left).toBeGreaterThan(0);
    expect(await fingerprintOf(early, then[kind])).toMatchObject({ configured: "absent", removable: false });
    expectNaming(await needing(early, old), then[kind]);

    const mended = await deploy(early, ring(newSecrets, oldSecrets));
    expect((await progressOf(mended)).state).toBe("paused");
    expect((await needing(mended, old)).status).toBe(200);
    expect(await reencrypt(mended)).toMatchObject({ state: "done", missingSecrets: [], left: 0 });
    expect((await removableOf(mended, oldSecrets))[kind === "hmac" ? 1 : 0]).toBe(true);
    const after = await deploy(mended, ring(newSecrets));
    for (const key of [old, fresh, later]) {
      expect(await after.validate(key.key)).toMatchObject({ valid: true });
      expect((await revealing(after, key)).body.key).toBe(key.key);
    }
  });

  it("is looked for again by a run that had passed its records, once it is back", async () => {
    const { manager: whole, old, ring } = await halfway("encryption");
    for (let made = 0; made < 4; made += 1) await whole.createKey();
    testWorld.renewedRowsMax = 1;
    const early = await deploy(whole, ring(newSecrets));
    await start(early);
    while ((await progressOf(early)).missingSecrets.length === 0) await tell("shard-00", { type: "reencrypt-records" });
    expect((await pause(early)).body).toMatchObject({ state: "paused", missingSecrets: [then.encryption] });
    const mended = await deploy(early, ring(newSecrets, oldSecrets));
    expect(await reencrypt(mended)).toMatchObject({ state: "done", missingSecrets: [], left: 0 });
    const after = await deploy(mended, ring(newSecrets));
    expect((await revealing(after, old)).body.key).toBe(old.key);
  });

  it("closes the manager where not even the admin object is through, and harms nothing", async () => {
    let manager = await startInOneShard();
    const { key } = await manager.createKey();
    manager = await deploy(manager, both(oldSecrets, newSecrets));
    manager = await deploy(manager, rotated);
    await manager.createAdmin();
    manager = await deploy(manager, newSecrets);
    expectNaming(await manager.request("/v1/me"), then.hmac);
    expectNaming(await manager.request("/v1/system/reencrypt", { json: {} }), then.hmac);
    manager = await deploy(manager, rotated);
    expect(await manager.validate(key)).toMatchObject({ valid: true });
    expect((await reencrypt(manager)).state).toBe("done");
  });

  it("never makes a key forged whose tag cannot be judged without it", async () => {
    const { manager: halfDone, old } = await halfway("hmac");
    expect((await reencrypt(halfDone)).state).toBe("done");
    const retired = await deploy(halfDone, deployed([oldSecrets, newSecrets], [newSecrets]));
    const swapped = await deploy(retired, deployed([newSecrets, oldSecrets], [newSecrets]));
    const owner = await swapped.createAdmin({ roles: ["owner"] });
    const fresh = await swapped.createKey();
    const early = (await deploy(swapped, newSecrets)).as(owner.key);
    expectNaming(await validating(early, old), then.encryption);
    const { epoch, bareId } = partsOf(old.key);
    expectNaming(await validating(early, { key: forge({ epoch, bareId }) }), then.encryption);
    expect((await early.request("/v1/me", { key: forge({ epoch, prefix: "lk_admin" }) })).status).toBe(503);
    expect(await early.validate(fresh.key)).toMatchObject({ valid: true });
    const mended = await deploy(swapped, deployed([newSecrets, oldSecrets], [newSecrets]));
    expect(await mended.validate(old.key)).toMatchObject({ valid: true });
    expect(await mended.validate(forge({ epoch, bareId }))).toMatchObject({ valid: false, code: "unknown" });
    expect((await reencrypt(mended)).state).toBe("done");
    expect(await (await deploy(mended, newSecrets)).validate(old.key)).toMatchObject({ valid: true });
  });

  it("does not keep the run from its end where rotated keys are cleared away", async () => {
    const { manager: whole, old, ring } = await halfway("hmac");
    await whole.rotate(old.id, { graceSeconds: 0 });
    const early = await deploy(whole, { ...ring(newSecrets), ROTATED_RETENTION_DAYS: "1" });
    expect(await reencrypt(early)).toMatchObject({ state: "paused", missingSecrets: [then.hmac] });
  });
});
