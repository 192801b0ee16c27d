import { afterEach, describe, expect, it } from "vitest";
import { hmacSecretOf } from "../../src/infrastructure/crypto/keyring.ts";
import { forge, partsOf } from "../support/forgery.ts";
import {
  deploy,
  objects,
  oneShard,
  recordsNotUnder,
  startInOneShard,
  swap,
  swapWithRunAhead,
} from "../support/full-store.ts";
import {
  anotherIsolate,
  evictAll,
  forgetEverything,
  inObject,
  type Manager,
  redeploy,
  runAlarms,
  startManager,
  tell,
} from "../support/manager.ts";
import {
  both,
  deployed,
  fingerprintOf,
  fingerprintsOf,
  finishReencryption,
  newestSecrets,
  newSecrets,
  oldSecrets,
  pause,
  progressOf,
  reencrypt,
  removableOf,
  rotated,
  start,
  stepIn,
} from "../support/rotated-secrets.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const isValid = async (manager: Manager, ...keys: readonly { key: string }[]): Promise<boolean[]> => {
  const verdicts = [];
  for (const { key } of keys) verdicts.push((await manager.validate(key)).valid);
  return verdicts;
};

describe("three generations of secrets", () => {
  it("come under the newest in one run", async () => {
    let manager = await startInOneShard();
    const keys = [await manager.createKey()];
    manager = await swap(manager);
    keys.push(await manager.createKey());
    manager = await deploy(manager, both(newSecrets, newestSecrets, oldSecrets));
    manager = await deploy(manager, both(newestSecrets, newSecrets, oldSecrets));
    keys.push(await manager.createKey());
    expect(await reencrypt(manager)).toMatchObject({ state: "done", left: 0 });
    for (const secrets of [oldSecrets, newSecrets]) expect(await removableOf(manager, secrets)).toEqual([true, true]);
    for (const object of objects) expect(await recordsNotUnder(object, newestSecrets)).toEqual({});
    expect(await isValid(await deploy(manager, newestSecrets), ...keys)).toEqual([true, true, true]);
  });

  it("of one kind leave the other as it is", async () => {
    let manager = await startInOneShard();
    const keys = [await manager.createKey(), await manager.createKey({ recoverable: false })];
    manager = await deploy(manager, deployed([oldSecrets, newSecrets], [oldSecrets]));
    manager = await deploy(manager, deployed([newSecrets, oldSecrets], [oldSecrets]));
    keys.push(await manager.createKey());
    expect((await reencrypt(manager)).state).toBe("done");
    expect(await removableOf(manager, oldSecrets)).toEqual([true, false]);
    manager = await deploy(manager, deployed([newSecrets], [oldSecrets, newSecrets]));
    manager = await deploy(manager, deployed([newSecrets], [newSecrets, oldSecrets]));
    keys.push(await manager.createKey());
    expect((await progressOf(manager)).state).toBe("idle");
    expect((await reencrypt(manager)).state).toBe("done");
    expect((await fingerprintOf(manager, fingerprintsOf(oldSecrets).hmac)).removable).toBe(true);
    expect(await isValid(await deploy(manager, newSecrets), ...keys)).toEqual([true, true, true, true]);
  });
});

describe("secrets that are swapped back", () => {
  it("are needed again at once, and a run that was done is none for them", async () => {
    let manager = await startInOneShard();
    await manager.createKey();
    manager = await swap(manager);
    await manager.createKey();
    await reencrypt(manager);
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);

    manager = await deploy(manager, both(oldSecrets, newSecrets));
    const admin = await manager.createAdmin();
    const key = await manager.createKey();
    expect(await progressOf(manager)).toMatchObject({ state: "idle", moved: 0 });
    expect(await removableOf(manager, newSecrets)).toEqual([false, false]);

    manager = await deploy(manager, rotated);
    await manager.createKey();
    await manager.createAdmin();
    const progress = await progressOf(manager);
    expect([progress.state, progress.left > 0]).toEqual(["idle", true]);
    expect(await removableOf(manager, oldSecrets)).toEqual([false, false]);
    expect((await reencrypt(manager)).state).toBe("done");
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
    manager = await deploy(manager, newSecrets);
    expect(await isValid(manager, key)).toEqual([true]);
    expect((await manager.as(admin.key).request("/v1/me")).status).toBe(200);
  });

  it.each(["paused", "running"])("make a run that was %s look at everything again", async (state) => {
    let manager = await startInOneShard();
    for (let count = 0; count < 3; count += 1) await manager.createAdmin();
    testWorld.renewedRowsMax = 5;
    manager = await swapWithRunAhead(manager);
    expect(await tell("admin", { type: "reencrypt-records" })).toBe("running");
    if (state === "paused") await pause(manager);

    await redeploy({ ...oneShard, ...both(oldSecrets, newSecrets) });
    manager = anotherIsolate(manager);
    await manager.saveRole("behind", { permissions: ["keys:read"] });
    const { key } = await manager.createAdmin({ roles: ["behind"] });
    manager = await deploy(manager, rotated);
    await manager.createAdmin();
    await reencrypt(manager);
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
    for (const object of objects) expect(await recordsNotUnder(object, newSecrets)).toEqual({});
    manager = await deploy(manager, newSecrets);
    expect((await manager.as(key).request("/v1/keys")).status).toBe(200);
  });
});

describe("a run", () => {
  it("for other secrets takes the place of one that is not over", async () => {
    let manager = await startInOneShard();
    const keys = [await manager.createKey()];
    testWorld.renewedRowsMax = 1;
    manager = await swapWithRunAhead(manager);
    for (const object of objects) await tell(object, { type: "reencrypt-records" });
    manager = await deploy(manager, both(newSecrets, newestSecrets, oldSecrets));
    manager = await deploy(manager, both(newestSecrets, newSecrets, oldSecrets));
    keys.push(await manager.createKey());
    testWorld.renewedRowsMax = 50;
    expect(await reencrypt(manager)).toMatchObject({ state: "done", left: 0 });
    expect(await isValid(await deploy(manager, newestSecrets), ...keys)).toEqual([true, true]);
  });

  it("is one run, however often it is started, and is paused and taken up where it was", async () => {
    const before = await startInOneShard();
    for (let count = 0; count < 5; count += 1) await before.createKey();
    testWorld.renewedRowsMax = 1;
    const manager = await swap(before);
    await manager.createKey();
    expect((await pause(manager)).body).toMatchObject({ state: "idle", moved: 0 });
    testWorld.hasAlarms = false;
    const started = await Promise.all([start(manager), start(manager), start(manager)]);
    for (const { status, body } of started) expect([status, body.state]).toEqual([202, "running"]);
    for (let step = 0; step < 3; step += 1) expect(await stepIn("shard-00")).toBe("running");
    const paused = (await pause(manager)).body;
    expect([paused.state, paused.moved > 0]).toEqual(["paused", true]);
    testWorld.hasAlarms = true;
    expect(await progressOf(manager)).toMatchObject({ state: "paused", moved: paused.moved });
    await runAlarms();
    expect((await pause(manager)).body).toMatchObject({ state: "paused", moved: paused.moved });
    const events = () =>
      inObject(
        "shard-00",
        (sql) => [...sql.exec("SELECT 1 FROM events WHERE type = 'system.reencrypt_started'")].length,
      );
    expect(await events()).toBe(1);
    const done = await reencrypt(manager);
    expect(done.moved).toBeGreaterThanOrEqual(paused.moved);
    expect(await events()).toBe(2);
    expect((await pause(manager)).body).toMatchObject({ state: "done", moved: done.moved });
    testWorld.renewedRowsMax = 50;
    await evictAll();
    expect(await reencrypt(manager)).toMatchObject({ state: "done", moved: 0, left: 0 });
  });

  it("takes in shards that come to it, and goes on where an alarm was lost", async () => {
    const before = await startInOneShard();
    const keys = [await before.createKey(), await before.createKey()];
    testWorld.renewedRowsMax = 1;
    let manager = await swapWithRunAhead(before);
    await tell("shard-00", { type: "reencrypt-records" });
    await redeploy({ ...rotated, SHARDS: "3" });
    manager = anotherIsolate(manager);
    for (let count = 0; count < 8; count += 1) keys.push(await manager.createKey());
    for (const object of objects) await inObject(object, (_sql, storage) => storage.deleteAlarm());
    await evictAll();
    testWorld.renewedRowsMax = 50;
    await evictAll();
    expect((await progressOf(manager)).state).toBe("running");
    await Promise.all(objects.map((object) => tell(object, { type: "tell-suppressed-refusals" })));
    expect(await finishReencryption(manager)).toMatchObject({ state: "done", left: 0 });
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
    await redeploy({ ...newSecrets, SHARDS: "3" });
    expect(new Set(await isValid(anotherIsolate(manager), ...keys))).toEqual(new Set([true]));
  });

  it("of shards that never held anything ends as well", async () => {
    const manager = await startManager();
    await manager.createKey();
    expect(await reencrypt(manager)).toMatchObject({ state: "done", moved: 0, left: 0, quarantinedCount: 0 });
  });
});

/** Another secret of the same epoch. */
const twinOf = (secret: string): string => {
  const bytes = (text: string) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const { epoch } = hmacSecretOf(bytes(secret));
  for (;;) {
    const random = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
    if (hmacSecretOf(bytes(random)).epoch === epoch) return random;
  }
};

describe("two secrets of one epoch", () => {
  it("are both tried, with and without a re-encryption, and after one of them is gone", async () => {
    const twin = { ...newSecrets, HMAC_SECRET: twinOf(oldSecrets.HMAC_SECRET) };
    let manager = await startInOneShard();
    const keys = [await manager.createKey()];
    const expectBoth = async () => {
      expect(new Set(await isValid(manager, ...keys))).toEqual(new Set([true]));
      for (const { key } of keys) {
        const { epoch, bareId } = partsOf(key);
        expect(await manager.validate(forge({ epoch, bareId }))).toMatchObject({ valid: false, code: "unknown" });
      }
    };
    manager = await deploy(manager, both(oldSecrets, twin));
    await expectBoth();
    manager = await deploy(manager, both(twin, oldSecrets));
    keys.push(await manager.createKey());
    expect(new Set(keys.map(({ key }) => partsOf(key).epoch)).size).toBe(1);
    await expectBoth();
    await reencrypt(manager);
    await expectBoth();
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
    manager = await deploy(manager, twin);
    await expectBoth();
    expect((await reencrypt(manager)).state).toBe("done");
    await expectBoth();
  });
});

describe("a secret that is given twice", () => {
  it("is the primary, and nothing says that it may go", async () => {
    let manager = await startInOneShard();
    const { key } = await manager.createKey();
    manager = await deploy(manager, both(oldSecrets, oldSecrets, oldSecrets));
    expect((await reencrypt(manager)).state).toBe("done");
    const { fingerprints } = (await manager.request("/v1/system")).body;
    expect(fingerprints.map(({ configured, removable }: Record<string, unknown>) => [configured, removable])).toEqual([
      ["primary", false],
      ["primary", false],
    ]);
    manager = await deploy(manager, both(newSecrets, oldSecrets, newSecrets, oldSecrets));
    await manager.createKey();
    expect((await reencrypt(manager)).state).toBe("done");
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
    expect(await isValid(await deploy(manager, newSecrets), { key })).toEqual([true]);
  });
});
