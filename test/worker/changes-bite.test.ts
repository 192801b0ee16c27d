import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  anotherIsolate,
  type CreatedAdmin,
  forgetEverything,
  type Manager,
  type RequestOptions,
  startManager,
} from "../support/manager.ts";
import { advance, openSession, visitWith } from "../support/session.ts";
import { testWorld } from "../support/test-world.ts";

let manager: Manager;
let elsewhere: Manager;

beforeAll(async () => {
  manager = await startManager();
  elsewhere = anotherIsolate(manager);
});
afterAll(forgetEverything);

type Outcome = readonly [status: number, code?: string];

const aKey = { name: "A key", owner: "acct_1" };

/** Somebody with a key and a session, at work in two isolates; every request is made in all four ways. */
const holderOf = async (roles: readonly string[]) => {
  const admin = await manager.createAdmin({ roles });
  const visit = await openSession(manager.as(admin.key));
  const ways = [manager.as(admin.key), elsewhere.as(admin.key), visit, visitWith(elsewhere, visit.token)];
  const ask = async (path: string, options: RequestOptions = {}) =>
    Promise.all(ways.map((way) => way.request(path, options)));
  const outcome = async (path: string, json?: unknown): Promise<Outcome> => {
    const answers = await ask(path, json === undefined ? {} : { json });
    const outcomes = answers.map(({ status, body }): Outcome => [status, body.reason ?? body.code]);
    expect(outcomes).toEqual(outcomes.map(() => outcomes[0]));
    return outcomes[0] ?? [0];
  };
  const mine = async () => (await ask("/v1/me")).map(({ body }) => body);
  expect(await outcome("/v1/me")).toEqual([200, undefined]);
  return { admin, outcome, mine };
};

const change = async (path: string, json: unknown, method = "PATCH"): Promise<void> => {
  const answer = await manager.request(path, { method, json });
  expect([path, answer.status < 300, answer.text]).toEqual([path, true, answer.text]);
};

describe("an admin's roles", () => {
  it("when they are taken away, are gone at the next request", async () => {
    const { admin, outcome, mine } = await holderOf(["owner"]);
    expect(await outcome("/v1/keys", aKey)).toEqual([201, undefined]);
    await change(`/v1/admins/${admin.id}`, { roles: ["auditor"] });
    expect(await outcome("/v1/keys", aKey)).toEqual([403, "forbidden"]);
    expect(await outcome("/v1/keys")).toEqual([200, undefined]);
    for (const { roles, permissions } of await mine()) {
      expect([roles, permissions.includes("keys:create")]).toEqual([["auditor"], false]);
    }
  });

  it("when they are given, are there at the next request", async () => {
    const { admin, outcome } = await holderOf(["validator"]);
    expect(await outcome("/v1/admins")).toEqual([403, "forbidden"]);
    await change(`/v1/admins/${admin.id}`, { roles: ["validator", "auditor"] });
    expect(await outcome("/v1/admins")).toEqual([200, undefined]);
  });

  it("are those of an older key in grace too, whichever key of the chain is older", async () => {
    const { admin, outcome } = await holderOf(["operator"]);
    let newest: CreatedAdmin = admin;
    for (let times = 0; times < 2; times += 1) {
      newest = (await manager.request(`/v1/admins/${newest.id}/rotate`, { json: {} })).body;
    }
    expect(await outcome("/v1/keys", aKey)).toEqual([201, undefined]);
    await change(`/v1/admins/${newest.id}`, { roles: ["validator"] });
    expect(await outcome("/v1/keys", aKey)).toEqual([403, "forbidden"]);
  });
});

describe("a custom role", () => {
  const save = (name: string, json: unknown) => change(`/v1/roles/${name}`, json, "PUT");

  it("that loses a permission takes it from its holders at once, and gives it back as fast", async () => {
    await save("clerk", { permissions: ["keys:create", "keys:read"] });
    const { outcome } = await holderOf(["clerk"]);
    expect(await outcome("/v1/keys", aKey)).toEqual([201, undefined]);
    await save("clerk", { permissions: ["keys:read"] });
    expect(await outcome("/v1/keys", aKey)).toEqual([403, "forbidden"]);
    await save("clerk", { permissions: ["keys:create"] });
    expect(await outcome("/v1/keys", aKey)).toEqual([201, undefined]);
    expect(await outcome("/v1/keys")).toEqual([403, "forbidden"]);
  });

  it("that is narrowed hides at once what lies outside, and lets nobody grant more", async () => {
    await save("desk", { permissions: ["keys:create", "keys:read"] });
    const { outcome, mine } = await holderOf(["desk"]);
    const { id } = await manager.createKey({ owner: "acct_2" });
    expect(await outcome(`/v1/keys/${id}`)).toEqual([200, undefined]);
    const constraint = { owners: ["acct_1"], scopes: ["orders:*"] };
    await save("desk", { permissions: ["keys:create", "keys:read"], constraint });
    expect(await outcome(`/v1/keys/${id}`)).toEqual([404, "key_not_found"]);
    expect(await outcome("/v1/keys", { ...aKey, scopes: ["users:read"] })).toEqual([403, "exceeds_grantor"]);
    expect(await outcome("/v1/keys", { ...aKey, owner: "acct_2" })).toEqual([403, "exceeds_grantor"]);
    expect(await outcome("/v1/keys", { ...aKey, scopes: ["orders:read"] })).toEqual([201, undefined]);
    for (const { grants } of await mine()) expect(grants).toMatchObject([{ role: "desk", constraint }]);
  });
});

describe("an admin", () => {
  const revive = { enabled: true };

  it("who is disabled is out at the next request, and in again when enabled", async () => {
    const { admin, outcome } = await holderOf(["auditor"]);
    await change(`/v1/admins/${admin.id}`, { enabled: false });
    expect(await outcome("/v1/me")).toEqual([401, "disabled"]);
    await change(`/v1/admins/${admin.id}`, revive);
    expect(await outcome("/v1/me")).toEqual([200, undefined]);
  });

  it("who is revoked is out for good", async () => {
    const { admin, outcome } = await holderOf(["auditor"]);
    await change(`/v1/admins/${admin.id}/revoke`, {}, "POST");
    expect(await outcome("/v1/me")).toEqual([401, "revoked"]);
    const refused = await manager.request(`/v1/admins/${admin.id}`, { method: "PATCH", json: revive });
    expect(refused.body.code).toBe("key_revoked");
    expect(await outcome("/v1/me")).toEqual([401, "revoked"]);
  });

  it("who was given an expiry is out when it comes", async () => {
    const { admin, outcome } = await holderOf(["auditor"]);
    const expiresAt = new Date(Date.now() + testWorld.clockOffsetMs + 60_000).toISOString();
    await change(`/v1/admins/${admin.id}`, { expiresAt });
    expect(await outcome("/v1/me")).toEqual([200, undefined]);
    advance(61);
    expect(await outcome("/v1/me")).toEqual([401, "expired"]);
    await change(`/v1/admins/${admin.id}`, { expiresAt: null });
    expect(await outcome("/v1/me")).toEqual([200, undefined]);
  });

  it("whose key was rotated is out with the old key at once, or when its grace is over", async () => {
    const [without, within] = [await holderOf(["auditor"]), await holderOf(["auditor"])];
    await change(`/v1/admins/${without.admin.id}/rotate`, { graceSeconds: 0 }, "POST");
    await change(`/v1/admins/${within.admin.id}/rotate`, { graceSeconds: 60 }, "POST");
    expect(await without.outcome("/v1/me")).toEqual([401, "rotated"]);
    expect(await within.outcome("/v1/me")).toEqual([200, undefined]);
    advance(61);
    expect(await within.outcome("/v1/me")).toEqual([401, "rotated"]);
  });

  it.each<[string, string, string, unknown, string]>([
    ["revoked", "/revoke", "POST", {}, "revoked"],
    ["disabled", "", "PATCH", { enabled: false }, "disabled"],
  ])("whose new key is %s is out with the old one in grace too", async (_what, path, method, json, reason) => {
    const { admin, outcome } = await holderOf(["auditor"]);
    const { body: fresh } = await manager.request(`/v1/admins/${admin.id}/rotate`, { json: {} });
    expect(await outcome("/v1/me")).toEqual([200, undefined]);
    await change(`/v1/admins/${fresh.id}${path}`, json, method);
    expect(await outcome("/v1/me")).toEqual([401, reason]);
  });
});
