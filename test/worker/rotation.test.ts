import { afterEach, describe, expect, it } from "vitest";
import { evictAll, forgetEverything, startManager } from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

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
    testWorld.clockOffsetMs = -3_600_000;
    expect(await manager.validate(old.key)).toMatchObject({ code: "rotated" });
    expect(await manager.validate(fresh.key)).toMatchObject({ valid: true });
  });
});
