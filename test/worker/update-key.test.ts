import { afterEach, describe, expect, it } from "vitest";
import {
  type CreatedKey,
  eventsAbout,
  eventTypesOf,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  rowOf,
  startManager,
} from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const inSeconds = (seconds: number): string =>
  new Date(Date.now() + testWorld.clockOffsetMs + seconds * 1000).toISOString();

const metadata = { team: "payments", limits: { perDay: 10, perHour: 1 } };
const keyToChange = (manager: Manager): Promise<CreatedKey> => manager.createKey({ scopes: ["orders:read"], metadata });

const lastChanges = async (id: string): Promise<unknown> => {
  const last = (await eventsAbout(id)).at(-1);
  return [last?.type, JSON.parse(last?.changes ?? "null")];
};

describe("a patch", () => {
  it.each<[string, unknown]>([
    ["name", "Ünïcode ✓"],
    ["owner", "acct_2"],
    ["scopes", ["orders:*", "users:read"]],
    ["scopes", []],
    ["metadata", { ...metadata, tier: [1, { a: true }] }],
    ["expiresAt", inSeconds(3600)],
    ["enabled", false],
  ])("changes %s to %j, and the event tells from what to what", async (field, to) => {
    const manager = await startManager();
    const key = await keyToChange(manager);
    const { key: _secret, ...from } = key;
    testWorld.clockOffsetMs = 5000;
    const { status, body, headers } = await manager.patch(key.id, { [field]: to });
    expect([status, headers.get("ETag")]).toEqual([200, '"2"']);
    const { updatedAt } = body;
    expect(Date.parse(updatedAt)).toBeGreaterThanOrEqual(Date.parse(key.updatedAt) + 5000);
    expect(body).toEqual({ ...from, [field]: to, updatedAt, version: 2, status: to === false ? "disabled" : "active" });
    expect((await manager.request(`/v1/keys/${key.id}`)).body).toEqual(body);
    const before = (from as Readonly<Record<string, unknown>>)[field];
    expect(await lastChanges(key.id)).toEqual(["key.updated", { [field]: { from: before, to } }]);
  });

  it("changes several fields in one version and one event, and is taken as a merge patch too", async () => {
    const manager = await startManager();
    const { id } = await keyToChange(manager);
    const { status, body } = await manager.request(`/v1/keys/${id}`, {
      method: "PATCH",
      body: JSON.stringify({ name: "New", scopes: ["a", "a"], enabled: true }),
      headers: { "Content-Type": "application/merge-patch+json" },
    });
    expect([status, body.name, body.scopes, body.version]).toEqual([200, "New", ["a"], 2]);
    const changes = { name: { from: "A key", to: "New" }, scopes: { from: ["orders:read"], to: ["a"] } };
    expect(await lastChanges(id)).toEqual(["key.updated", changes]);
  });

  it("merges metadata to any depth; null takes a member, or all of it, away", async () => {
    const manager = await startManager();
    const { id } = await keyToChange(manager);
    const patched = async (patch: unknown) => (await manager.patch(id, { metadata: patch })).body.metadata;
    expect(await patched({ limits: { perDay: 20 } })).toEqual({ team: "payments", limits: { perDay: 20, perHour: 1 } });
    expect(await patched({ limits: { perHour: null, gone: null } })).toEqual({
      team: "payments",
      limits: { perDay: 20 },
    });
    expect(await patched({ team: { name: "payments" }, limits: [1] })).toEqual({
      team: { name: "payments" },
      limits: [1],
    });
    expect(await patched({ limits: null })).toEqual({ team: { name: "payments" } });
    expect(await patched(null)).toEqual({});
  });

  it("clears an expiry with null", async () => {
    const manager = await startManager();
    const { id, key, expiresAt } = await manager.createKey({ expiresInSeconds: 60 });
    expect((await manager.patch(id, { expiresAt: null })).body.expiresAt).toBeNull();
    expect(await lastChanges(id)).toEqual(["key.updated", { expiresAt: { from: expiresAt, to: null } }]);
    testWorld.clockOffsetMs = 61_000;
    expect(await manager.validate(key)).toMatchObject({ valid: true, validUntil: null });
  });

  it("that changes nothing is answered with the key as it is, without a version or an event", async () => {
    const manager = await startManager();
    const { id, expiresAt } = await manager.createKey({ scopes: ["a"], metadata, expiresInSeconds: 60 });
    const before = await rowOf(id);
    testWorld.clockOffsetMs = 5000;
    const same = { name: "A key", owner: "acct_1", scopes: ["a", "a"], metadata, expiresAt, enabled: true };
    for (const json of [{}, same, { metadata: {} }, { metadata: { limits: { gone: null } } }]) {
      const { status, headers } = await manager.patch(id, json);
      expect([status, headers.get("ETag")]).toEqual([200, '"1"']);
    }
    expect(await rowOf(id)).toBe(before);
    expect(await eventTypesOf(id)).toEqual(["key.created"]);
  });

  it("makes a key be found by its new name and owner, and no more by the old", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey({ name: "Blue whale", owner: "acct_old" });
    await manager.patch(id, { name: "Red fox", owner: "acct_new" });
    const found = async (query: string) => (await manager.request(`/v1/keys?${query}`)).body.items.length;
    const queries = ["q=red", "q=fox+new", "owner=acct_new", "q=blue", "q=whale", "q=old", "owner=acct_old"];
    expect(await Promise.all(queries.map(found))).toEqual([1, 1, 1, 0, 0, 0, 0]);
    const indexed = await inObject(objectOf(id), (sql) =>
      sql.exec("SELECT count(*) AS count FROM api_key_words WHERE api_key_words MATCH 'blue OR whale OR old'").one(),
    );
    expect(indexed).toEqual({ count: 0 });
  });
});

describe("a patch of a key that is not simply active", () => {
  it("disables and enables it, and each shows at the next validation", async () => {
    const manager = await startManager();
    const { id, key } = await keyToChange(manager);
    expect((await manager.patch(id, { enabled: false })).body.status).toBe("disabled");
    expect(await manager.validate(key)).toMatchObject({ valid: false, code: "disabled", id });
    expect((await manager.patch(id, { enabled: true })).body.status).toBe("active");
    expect(await manager.validate(key)).toMatchObject({ valid: true });
  });

  it("revives an expired key by a later expiry", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey({ expiresInSeconds: 60 });
    testWorld.clockOffsetMs = 61_000;
    expect(await manager.validate(key)).toMatchObject({ code: "expired" });
    expect((await manager.patch(id, { name: "Still dead" })).body.status).toBe("expired");
    expect((await manager.patch(id, { expiresAt: inSeconds(60) })).body.status).toBe("active");
    expect(await manager.validate(key)).toMatchObject({ valid: true });
  });

  it("moves the end of a grace in, never out", async () => {
    const manager = await startManager();
    const { id, key } = await keyToChange(manager);
    const { graceEndsAt } = (await manager.rotate(id, { graceSeconds: 600 })).body.replaced.rotation;
    const graceAfter = async (expiresAt: string | null) =>
      (await manager.patch(id, { expiresAt })).body.rotation.graceEndsAt;
    expect(await graceAfter(inSeconds(86_400))).toBe(graceEndsAt);
    const sooner = inSeconds(300);
    expect(await graceAfter(sooner)).toBe(sooner);
    expect(await graceAfter(inSeconds(86_400))).toBe(sooner);
    expect(await graceAfter(null)).toBe(sooner);
    expect(await manager.validate(key)).toMatchObject({ valid: true, validUntil: sooner });
    testWorld.clockOffsetMs = 301_000;
    expect(await manager.validate(key)).toMatchObject({ code: "rotated", graceEndsAt: sooner });
  });

  it("disables and enables a key in grace, which ends no later for it", async () => {
    const manager = await startManager();
    const { id, key } = await keyToChange(manager);
    const { body: fresh } = await manager.rotate(id, { graceSeconds: 600 });
    expect((await manager.patch(id, { enabled: false })).body.status).toBe("disabled");
    expect(await manager.validate(key)).toMatchObject({ code: "disabled" });
    expect(await manager.validate(fresh.key)).toMatchObject({ valid: true });
    const { body } = await manager.patch(id, { enabled: true });
    expect(body).toMatchObject({ status: "rotating", rotation: fresh.replaced.rotation });
    expect(await manager.validate(key)).toMatchObject({ valid: true, warnings: [{ code: "rotating" }] });
  });

  it("is refused once it is revoked or its grace is over, even where it would change nothing", async () => {
    const manager = await startManager();
    const [revoked, rotated] = [await keyToChange(manager), await keyToChange(manager)];
    await manager.revoke(revoked.id);
    await manager.rotate(rotated.id, { graceSeconds: 0 });
    const before = [await rowOf(revoked.id), await rowOf(rotated.id)];
    for (const json of [{}, { name: "New" }, { enabled: true }, { expiresAt: null }]) {
      expectProblem(await manager.patch(revoked.id, json), 409, "key_revoked");
      expectProblem(await manager.patch(rotated.id, json), 409, "key_rotated");
    }
    expect([await rowOf(revoked.id), await rowOf(rotated.id)]).toEqual(before);
  });
});

describe("a patch that is not valid changes nothing and names the place:", () => {
  it.each<[string, unknown, string]>([
    ["a null name", { name: null }, "#/name"],
    ["a null owner", { owner: null }, "#/owner"],
    ["null scopes", { scopes: null }, "#/scopes"],
    ["a null enabled", { enabled: null }, "#/enabled"],
    ["an unknown member", { prefix: "acme_live" }, "#/prefix"],
    ["a member no patch can set", { version: 7 }, "#/version"],
    ["an expiry in the past", { expiresAt: "2020-01-01T00:00:00Z" }, "#/expiresAt"],
    ["an expiry that is no time", { expiresAt: "soon" }, "#/expiresAt"],
    ["metadata that is no object", { metadata: [1] }, "#/metadata"],
    ["metadata of a __proto__", JSON.parse('{"metadata":{"__proto__":{"a":1}}}'), "#/metadata/__proto__"],
    ["metadata that grows too large by merging", { metadata: { more: "x".repeat(4000) } }, "#/metadata"],
    ["metadata that grows too deep by merging", { metadata: { limits: { a: { b: { c: { d: {} } } } } } }, "#/metadata"],
    ["a null name beside a good owner", { owner: "acct_2", name: null }, "#/name"],
  ])("%s", async (_what, json, pointer) => {
    const manager = await startManager();
    const { id } = await manager.createKey({ metadata: { ...metadata, filler: "y".repeat(100) } });
    const before = await rowOf(id);
    const answer = await manager.request(`/v1/keys/${id}`, { method: "PATCH", json });
    expectInvalid(answer, { pointer });
    expect(await rowOf(id)).toBe(before);
    expect(await eventTypesOf(id)).toEqual(["key.created"]);
  });

  it("a body that is no object, or of another type", async () => {
    const manager = await startManager();
    const { id } = await keyToChange(manager);
    expectInvalid(await manager.request(`/v1/keys/${id}`, { method: "PATCH", json: [] }), { pointer: "#" });
    const text = { method: "PATCH", body: "{}", headers: { "Content-Type": "text/plain" } };
    expectProblem(await manager.request(`/v1/keys/${id}`, text), 415, "unsupported_media_type");
  });
});
