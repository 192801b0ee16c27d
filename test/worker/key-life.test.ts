import { afterEach, describe, expect, it } from "vitest";
import { anotherIsolate, evictAll, forgetEverything, startManager } from "../support/manager.ts";

afterEach(forgetEverything);

describe("the life of a key", () => {
  it("is created, found, accepted, revoked and refused", async () => {
    const manager = await startManager();
    const created = await manager.createKey({ name: "Production", owner: "acct_42", scopes: ["orders:*"] });
    expect(created.key).toMatch(/^lk_live_[0-9A-Za-z]{20}_[0-9A-Za-z]{47}$/);

    const verdict = await manager.validate(created.key, { scopes: ["orders:read"] });
    expect(verdict).toMatchObject({ valid: true, code: "valid", id: created.id, owner: "acct_42", warnings: [] });

    const revoked = await manager.revoke(created.id, { reason: "leaked", note: "seen in a log" });
    expect(revoked.body).toMatchObject({ status: "revoked", revocationReason: "leaked", version: 2, alsoRevoked: [] });
    expect(await manager.validate(created.key)).toMatchObject({ valid: false, code: "revoked", id: created.id });
  });

  it("stays revoked for another isolate and after its object was evicted", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey();
    await manager.revoke(id);
    expect(await anotherIsolate(manager).validate(key)).toMatchObject({ code: "revoked" });
    await evictAll();
    expect(await anotherIsolate(manager).validate(key)).toMatchObject({ code: "revoked" });
  });
});
