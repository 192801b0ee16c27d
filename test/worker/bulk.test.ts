import { beforeAll, describe, expect, it } from "vitest";
import {
  anotherIsolate,
  type CreatedKey,
  eventsAbout,
  inObject,
  type Manager,
  objectOf,
  rowOf,
  startManager,
} from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";

let manager: Manager;
let narrow: Manager;

beforeAll(async () => {
  manager = await startManager();
  await manager.saveRole("narrow", {
    permissions: ["keys:read", "keys:update", "keys:revoke"],
    constraint: { owners: ["acct_1"], scopes: ["orders:*"] },
  });
  narrow = manager.as((await manager.createAdmin({ roles: ["narrow"] })).key);
});

const bulk = (json: unknown, by = manager) => by.request("/v1/keys/bulk", { json });
const many = (count: number, fields = {}): Promise<CreatedKey[]> =>
  Promise.all(Array.from({ length: count }, () => manager.createKey(fields)));
const codesOf = (keys: readonly CreatedKey[]) =>
  Promise.all(keys.map(async ({ key }) => (await manager.validate(key)).code));
const done = (keys: readonly { id: string }[]) => keys.map(({ id }) => ({ id, ok: true }));

describe("many keys at once", () => {
  it("are disabled, enabled and revoked in all shards, each told in the order given", async () => {
    const keys = await many(12);
    expect(new Set(keys.map(({ id }) => objectOf(id))).size).toBeGreaterThan(1);
    const ids = keys.map(({ id }) => id);

    expect((await bulk({ ids, action: "disable" })).body).toEqual({ results: done(keys) });
    expect(new Set(await codesOf(keys))).toEqual(new Set(["disabled"]));
    expect((await bulk({ ids, action: "enable" })).body).toEqual({ results: done(keys) });
    expect(new Set(await codesOf(keys))).toEqual(new Set(["valid"]));
    const answer = await bulk({ ids: ids.toReversed(), action: "revoke", reason: "leaked" });
    expect(answer.body).toEqual({ results: done(keys.toReversed()) });
    expect(new Set(await codesOf(keys))).toEqual(new Set(["revoked"]));
  });

  it("leave an event each, with the reason", async () => {
    const [key] = (await many(1)) as [CreatedKey];
    await bulk({ ids: [key.id], action: "disable", reason: "unused" });
    await bulk({ ids: [key.id], action: "revoke", reason: "leaked" });
    const [, disabled, revoked] = await eventsAbout(key.id);
    expect(disabled).toMatchObject({ type: "key.updated", actor_kind: "admin", reason: "unused" });
    expect(revoked).toMatchObject({ type: "key.revoked", actor_kind: "admin", reason: "leaked" });
  });

  it("take predecessors in grace along when they are revoked", async () => {
    const key = await manager.createKey();
    const { body: successor } = await manager.rotate(key.id);
    const { body } = await bulk({ ids: [successor.id], action: "revoke" });
    expect(body.results).toEqual([{ id: successor.id, ok: true, alsoRevoked: [key.id] }]);
    expect((await manager.validate(key.key)).code).toBe("revoked");
  });

  it("are done once more without any change", async () => {
    const keys = await many(3);
    const ids = keys.map(({ id }) => id);
    await bulk({ ids, action: "disable" });
    const before = await Promise.all(ids.map(rowOf));
    expect((await bulk({ ids: [...ids, ...ids], action: "disable" })).body.results).toEqual([
      ...done(keys),
      ...done(keys),
    ]);
    expect(await Promise.all(ids.map(rowOf))).toEqual(before);
  });
});

describe("a dry run", () => {
  it("tells what would come of it and changes nothing", async () => {
    const [good, rotated] = (await many(2)) as [CreatedKey, CreatedKey];
    await manager.rotate(rotated.id, { graceSeconds: 0 });
    const ids = [good.id, rotated.id];
    const stored = async () => [await rowOf(good.id), await rowOf(rotated.id)];
    const events = async () => [await eventsAbout(good.id), await eventsAbout(rotated.id)];
    const before = [await stored(), await events()];

    const answer = await bulk({ ids, action: "disable", dryRun: true });
    expect(answer.body.results).toEqual([
      { id: good.id, ok: true },
      { id: rotated.id, ok: false, code: "key_rotated" },
    ]);
    expect((await bulk({ ids, action: "revoke", dryRun: true })).body.results).toEqual(done([good, rotated]));
    expect([await stored(), await events()]).toEqual(before);
    expect((await bulk({ ids, action: "disable" })).body).toEqual(answer.body);
  });
});

describe("keys that cannot be acted on", () => {
  it("are named one by one, and keep nobody from the others", async () => {
    const [good, revoked, edited] = (await many(3)) as [CreatedKey, CreatedKey, CreatedKey];
    await manager.revoke(revoked.id);
    await inObject(objectOf(edited.id), (sql) =>
      sql.exec("UPDATE api_keys SET name = 'edited' WHERE id = ?", edited.id).toArray(),
    );
    const unknown = `${good.id.slice(0, -4)}0000`;
    const ids = [revoked.id, "no id", edited.id, unknown, "key_0Vb3Zt2aZZ0000000000", good.id];
    expect((await bulk({ ids, action: "enable" })).body.results).toEqual([
      { id: revoked.id, ok: false, code: "key_revoked" },
      { id: "no id", ok: false, code: "key_not_found" },
      { id: edited.id, ok: false, code: "tampered" },
      { id: unknown, ok: false, code: "key_not_found" },
      { id: "key_0Vb3Zt2aZZ0000000000", ok: false, code: "key_not_found" },
      { id: good.id, ok: true },
    ]);
  });

  it("do not exist for those who may not see them, and are not handed rights beyond the caller's", async () => {
    const mine = await manager.createKey({ scopes: ["orders:read"] });
    const wide = await manager.createKey({ scopes: ["users:read"], enabled: false });
    const foreign = await manager.createKey({ owner: "acct_2" });
    const ids = [mine.id, wide.id, foreign.id];
    const before = [await rowOf(wide.id), await rowOf(foreign.id)];
    expect((await bulk({ ids, action: "enable" }, narrow)).body.results).toEqual([
      { id: mine.id, ok: true },
      { id: wide.id, ok: false, code: "exceeds_grantor" },
      { id: foreign.id, ok: false, code: "key_not_found" },
    ]);
    expect((await bulk({ ids: [foreign.id], action: "revoke" }, narrow)).body.results).toEqual([
      { id: foreign.id, ok: false, code: "key_not_found" },
    ]);
    expect([await rowOf(wide.id), await rowOf(foreign.id)]).toEqual(before);
  });
});

describe("the request", () => {
  it("takes the permission of the action", async () => {
    await manager.saveRole("revoker", { permissions: ["keys:revoke"] });
    const revoker = manager.as((await manager.createAdmin({ roles: ["revoker"] })).key);
    const { id } = await manager.createKey();
    const refused = await bulk({ ids: [id], action: "disable" }, revoker);
    expectProblem(refused, 403, "forbidden");
    expect(refused.body.permission).toBe("keys:update");
    expect((await bulk({ ids: [id], action: "revoke" }, revoker)).body.results).toEqual([{ id, ok: true }]);
    const auditor = manager.as((await manager.createAdmin({ roles: ["auditor"] })).key);
    expectProblem(await bulk({ ids: [id], action: "revoke" }, auditor), 403, "forbidden");
  });

  it("takes 1 to 200 ids and a known action", async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `key_${String(index).padStart(20, "0")}`);
    expect((await bulk({ ids, action: "revoke" })).body.results).toHaveLength(200);
    expectInvalid(await bulk({ ids: [...ids, "one more"], action: "revoke" }), { pointer: "#/ids" });
    expectInvalid(await bulk({ ids: [], action: "revoke" }), { pointer: "#/ids" });
    expectInvalid(await bulk({ ids: ["a"], action: "delete" }), { pointer: "#/action" });
    expectInvalid(await bulk({ ids: [1], action: "revoke" }), { pointer: "#/ids/0" });
    expectInvalid(await bulk({ ids: ["a"], action: "revoke", reason: "No Reason" }), { pointer: "#/reason" });
  });

  it("names few of many bad ids, and looks at no more than a body may hold", async () => {
    const bad = await bulk({ ids: Array.from({ length: 5000 }, () => 0), action: "revoke" });
    expectInvalid(bad, { pointer: "#/ids" });
    expect(bad.body.errors.length).toBeLessThanOrEqual(20);
    const many = await bulk({ ids: Array.from({ length: 20_000 }, () => 0), action: "revoke" });
    expectInvalid(many, { pointer: "#", code: "too_many" });
  });

  it("may have a body of up to 1 MiB", async () => {
    const ids = [(await manager.createKey()).id];
    const padded = (bytes: number) => `${JSON.stringify({ ids, action: "disable" })}${" ".repeat(bytes)}`;
    const headers = { "Content-Type": "application/json" };
    const ask = (body: string) => manager.request("/v1/keys/bulk", { method: "POST", body, headers });
    expect((await ask(padded(1_000_000))).status).toBe(200);
    expectProblem(await ask(padded(1_048_576)), 413, "payload_too_large");
  });

  it("is never kept for a replay", async () => {
    const { id } = await manager.createKey();
    const isolate = anotherIsolate(manager);
    for (const expected of [null, null]) {
      const headers = { "Idempotency-Key": "bulk" };
      const answer = await isolate.request("/v1/keys/bulk", { json: { ids: [id], action: "disable" }, headers });
      expect(answer.headers.get("Idempotent-Replayed")).toBe(expected);
    }
  });
});
