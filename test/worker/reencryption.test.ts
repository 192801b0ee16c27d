import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import { systemCaller } from "../../src/infrastructure/object-names.ts";
import { anotherIsolate, forgetEverything, type Manager, redeploy, startManager } from "../support/manager.ts";
import { finishReencryption, newSecrets, progressOf, rotated, staged } from "../support/rotated-secrets.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const { KEY_MANAGER: objects } = env as unknown as Bindings;

/** A manager with a key, an admin, a role, a session and a kept answer in it, whose secrets have been swapped. */
const swapped = async (): Promise<{ manager: Manager; keys: readonly { id: string; key: string }[] }> => {
  const manager = await startManager();
  await manager.createAdmin();
  await manager.saveRole("team", { permissions: ["keys:read"] });
  const keys = await Promise.all([
    ...Array.from({ length: 8 }, () => manager.createKey()),
    ...Array.from({ length: 4 }, () => manager.createKey({ recoverable: false })),
  ]);
  await redeploy(staged);
  await redeploy(rotated);
  return { manager: anotherIsolate(manager), keys };
};

describe("a re-encryption", () => {
  it("brings every record under the new secrets, so that the old ones may go", async () => {
    const { manager, keys } = await swapped();
    expect((await manager.request("/v1/system/reencrypt")).body).toMatchObject({ state: "idle", moved: 0 });
    const begun = await manager.request("/v1/system/reencrypt", { json: {} });
    expect(begun.status).toBe(202);
    expect(begun.body).toMatchObject({ state: "running" });
    await finishReencryption(manager);
    const progress = await progressOf(manager);
    expect(progress).toMatchObject({ state: "done", left: 0, quarantined: [], quarantinedCount: 0, secondsLeft: 0 });
    expect(progress.moved).toBeGreaterThan(keys.length);
    const { fingerprints } = (await manager.request("/v1/system")).body;
    expect(fingerprints).toHaveLength(4);
    for (const { configured, removable, records } of fingerprints) {
      expect({ configured, removable, isNeeded: records > 0 }).toEqual({
        configured,
        removable: configured === "fallback",
        isNeeded: configured === "primary",
      });
    }
    await redeploy(newSecrets);
    const after = anotherIsolate(manager);
    for (const { key } of keys) expect(await after.validate(key)).toMatchObject({ valid: true });
    expect((await after.request("/v1/keys?limit=100")).body.items).toHaveLength(keys.length);
    expect((await after.request("/v1/events/verify")).body).toMatchObject({ intact: true });
    expect((await after.request("/readyz")).status).toBe(200);
  });

  it("goes on alone in the objects that are on their way, where it was paused", async () => {
    const { manager } = await swapped();
    await manager.request("/v1/system/reencrypt", { json: {} });
    await finishReencryption(manager);
    testWorld.hasAlarms = false;
    const shard = objects.getByName("shard-00");
    await Promise.all([
      shard.execute({ type: "start-reencryption", target: null, again: true }, systemCaller),
      shard.execute({ type: "pause-reencryption" }, systemCaller),
    ]);
    const paused = await progressOf(manager);
    expect(paused.state).toBe("paused");
    expect(paused.moved).toBeGreaterThan(0);

    await manager.request("/v1/system/reencrypt", { json: {} });
    expect(await finishReencryption(manager)).toMatchObject({ state: "done", moved: paused.moved });
    await manager.request("/v1/system/reencrypt", { json: {} });
    expect(await finishReencryption(manager)).toMatchObject({ state: "done", moved: 0 });
  });
});
