import { afterEach, describe, expect, it } from "vitest";
import { forge, partsOf } from "../support/forgery.ts";
import { tagged } from "../support/hand-made-key.ts";
import { type CreatedKey, forgetEverything, inObject, Manager, objectOf, startManager } from "../support/manager.ts";
import { openSession } from "../support/session.ts";
import { issued, untyped } from "../support/sibling.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const needs = { scopes: ["orders:read"] };

const turned = async (manager: Manager, key: CreatedKey): Promise<CreatedKey> => (await manager.rotate(key.id)).body;

/** A key in every state a key can be in, and the key string that shows it. */
const states: Readonly<Record<string, (manager: Manager) => Promise<string>>> = {
  active: async (manager) => (await manager.createKey(needs)).key,
  "active, with too few scopes": async (manager) => (await manager.createKey()).key,
  rotating: async (manager) => {
    const old = await manager.createKey(needs);
    await turned(manager, old);
    return old.key;
  },
  "a successor": async (manager) => (await turned(manager, await manager.createKey(needs))).key,
  rotated: async (manager) => {
    const old = await manager.createKey(needs);
    await manager.rotate(old.id, { graceSeconds: 0 });
    return old.key;
  },
  expired: async (manager) => {
    const { key } = await manager.createKey({ ...needs, expiresInSeconds: 1 });
    testWorld.clockOffsetMs = 2000;
    return key;
  },
  disabled: async (manager) => (await manager.createKey({ ...needs, enabled: false })).key,
  revoked: async (manager) => {
    const { id, key } = await manager.createKey(needs);
    await manager.revoke(id, { reason: "leaked" });
    return key;
  },
  tampered: async (manager) => {
    const { id, key } = await manager.createKey(needs);
    await inObject(objectOf(id), (sql) => sql.exec("UPDATE api_keys SET owner = 'thief' WHERE id = ?", id).toArray());
    return key;
  },
  deleted: async (manager) => {
    const { id, key } = await manager.createKey(needs);
    await manager.revoke(id);
    await manager.delete(id);
    return key;
  },
  malformed: async () => "nonsense",
};

const expectedCodes: Readonly<Record<string, string>> = {
  active: "valid",
  "active, with too few scopes": "insufficient_scope",
  rotating: "valid",
  "a successor": "valid",
  deleted: "unknown",
};

describe("a verdict over RPC", () => {
  it.each(Object.entries(states))("is that of REST for a key that is %s", async (state, make) => {
    const manager = await startManager();
    const key = await make(manager);
    const overRest = await manager.validate(key, needs);
    const overRpc = await manager.validator({ caller: "orders-api" }).validate({ key, ...needs });
    expect(overRpc).toEqual(overRest);
    expect(Object.keys(overRpc)).toEqual(Object.keys(overRest));
    expect(overRpc.code).toBe(expectedCodes[state] ?? state);
  });

  it("tells the needs that are missing as REST does, all of them and one of them", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey({ scopes: ["orders:*"] });
    const validator = manager.validator();
    for (const asked of [
      { anyScope: ["billing:read", "orders:read"] },
      { anyScope: ["billing:read", "users:read"] },
      { scopes: ["orders:read", "billing:read"], prefixes: ["lk_*"], ip: "192.0.2.1" },
    ]) {
      expect(await validator.validate({ key, ...asked })).toEqual(await manager.validate(key, asked));
    }
    expect(await validator.validate({ key, anyScope: ["billing:read", "users:read"] })).toMatchObject({
      code: "insufficient_scope",
      httpStatus: 403,
      missing: ["billing:read", "users:read"],
    });
  });

  it("is one and the same, byte for byte, for everything that is unknown", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey();
    const foreign = await manager.createKey({ owner: "somebody" });
    const { prefix, bareId, secret, epoch, tag } = partsOf(key);
    const { token } = await openSession(manager);
    const other = `${bareId.slice(0, 19)}${bareId.endsWith("a") ? "b" : "a"}`;
    const unknown = {
      forged: forge({ prefix }),
      "the right secret, another tag": forge({ prefix, bareId, secret, epoch }),
      "no such id": tagged(prefix, other),
      "no such shard": tagged(prefix, `${bareId.slice(0, 8)}0z${bareId.slice(10)}`),
      "another secret": tagged(prefix, bareId),
      "another id under the tag": forge({ prefix, bareId: other, secret, epoch, tag }),
      "an admin key": manager.adminKey,
      "the token of a session": token,
      "outside the owners": foreign.key,
    };
    const validator = manager.validator({ owners: ["acct_*"] });
    for (const [what, given] of Object.entries(unknown)) {
      const verdict = JSON.stringify(await validator.validate({ key: given }));
      expect(verdict, what).toBe('{"valid":false,"code":"unknown","httpStatus":401}');
    }
  });

  it("refuses a key by the next call after it was revoked over REST", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey();
    const validator = manager.validator();
    for (let round = 0; round < 3; round += 1) expect(await validator.validate({ key })).toMatchObject({ valid: true });
    await manager.revoke(id);
    expect(await validator.validate({ key })).toMatchObject({ valid: false, code: "revoked", httpStatus: 401, id });
  });

  it("moves lastUsedAt when it accepts, and not when it refuses", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey();
    const lastUse = async () => (await manager.request(`/v1/keys/${id}`)).body.lastUsedAt;
    await manager.validator().validate({ key, scopes: ["orders:read"] });
    expect(await lastUse()).toBeNull();
    await manager.validator().validate({ key });
    expect(Date.parse(await lastUse())).toBeGreaterThan(Date.now() - 60_000);
  });
});

describe("a call that is not right", () => {
  it("is never valid, and the answer names the place", async () => {
    const manager = new Manager();
    const { key } = await issued(manager, { scopes: ["*"] });
    const wrong: Readonly<Record<string, object>> = {
      "#/scope is not known here; check its spelling": { scope: ["orders:read"] },
      "#/credits is not known here": { credits: 3 },
      "#/constructor is not known here": { constructor: 1 },
      "#/__proto__ is not known here": JSON.parse('{"__proto__":{"scopes":[]}}'),
      "#/scopes/0 must be": { scopes: ["orders:*"] },
      "#/scopes must be a list": { scopes: "orders:read" },
      "#/anyScope must be a list": { anyScope: null },
      "#/scopes/0 is required": { scopes: [undefined] },
      "#/scopes may hold 64": { scopes: Array(65).fill("a") },
      "#/prefixes/0 must be a prefix": { prefixes: ["Acme"] },
      "#/ip must be an IP address": { ip: "localhost" },
    };
    for (const [place, members] of Object.entries(wrong)) {
      const call = Object.defineProperties({ key }, Object.getOwnPropertyDescriptors(members));
      const verdict = await untyped(manager.validator()).validate(call);
      expect(verdict, place).toEqual({
        valid: false,
        code: "invalid_request",
        httpStatus: 500,
        detail: verdict.detail,
      });
      expect(verdict.detail).toContain(place);
    }
    expect(await manager.validator().validate({ key })).toMatchObject({ valid: true });
  });

  it("is answered, not thrown, when it is no object", async () => {
    const validator = untyped(new Manager().validator());
    for (const request of [undefined, null, "acme_live_0", 7, [], ["scopes"], () => "a key"]) {
      const verdict = { valid: false, code: "invalid_request", httpStatus: 500 };
      expect(await validator.validate(request), String(request)).toMatchObject(verdict);
    }
  });

  it("quotes no key in its answer", async () => {
    const manager = new Manager();
    const { key } = await issued(manager);
    const { detail } = await untyped(manager.validator()).validate({ key, [key]: true, scopes: [key] });
    expect(detail).toContain("#/%5Bkey%5D is not known here");
    expect(detail).not.toContain(key.slice(-40));
  });

  it("gets a verdict whatever its key is", async () => {
    const selfish: unknown[] = [];
    selfish.push(selfish);
    const keys: Readonly<Record<string, unknown>> = {
      null: null,
      "a number": 7,
      "an object": { toString: "acme" },
      "a list that contains itself": selfish,
      "a function": () => "lk_live",
      bytes: new Uint8Array(100),
      "a date": new Date(0),
      "ten million characters": "lk_live_".padEnd(10_000_000, "a"),
      "half of a surrogate pair": "\ud800",
      nothing: undefined,
    };
    const validator = untyped(new Manager().validator());
    const malformed = { valid: false, code: "malformed", httpStatus: 401 };
    for (const [what, key] of Object.entries(keys)) expect(await validator.validate({ key }), what).toEqual(malformed);
    expect(await validator.validate({})).toEqual(malformed);
  });
});
