import { beforeAll, describe, expect, it } from "vitest";
import { type Manager, startManager } from "../support/manager.ts";
import { expectInvalid } from "../support/problems.ts";

let manager: Manager;

beforeAll(async () => {
  manager = await startManager();
});

const create = (fields: object) => manager.request("/v1/keys", { json: { name: "A key", owner: "acct_1", ...fields } });

describe("creating a key", () => {
  it("needs a name and an owner, and says so of both at once", async () => {
    const answer = await manager.request("/v1/keys", { method: "POST" });
    expectInvalid(answer, { pointer: "#/name" });
    expectInvalid(answer, { pointer: "#/owner" });
    expect(answer.body.errors.map(({ code }: { code: string }) => code)).toEqual(["required", "required"]);
  });

  it.each(["2020-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2020-01-01T00:00:00+14:00"])(
    "refuses the past expiry %s",
    async (expiresAt) => {
      expectInvalid(await create({ expiresAt }), { pointer: "#/expiresAt" });
    },
  );

  it.each(["tomorrow", "2999-01-01", "2999-02-30T00:00:00Z", "2999-01-01T00:00:00", "32503680000", ""])(
    "refuses %j as an expiry",
    async (expiresAt) => {
      expectInvalid(await create({ expiresAt }), { pointer: "#/expiresAt" });
    },
  );

  it("refuses an expiry it could not write again as RFC 3339", async () => {
    const answer = await create({ expiresAt: "9999-12-31T23:59:59-23:59" });
    expectInvalid(answer, { pointer: "#/expiresAt" });
  });

  it.each([0, -1, 1.5, 315_360_001])("refuses %d seconds of life", async (expiresInSeconds) => {
    expectInvalid(await create({ expiresInSeconds }), { pointer: "#/expiresInSeconds" });
  });

  it("refuses two expiries at once", async () => {
    const answer = await create({ expiresInSeconds: 60, expiresAt: "2999-01-01T00:00:00Z" });
    expectInvalid(answer, { pointer: "#/expiresInSeconds" });
  });

  it.each(["lk_admin", "LK_live", "a_b_c", "_a", "a-b", ""])("refuses the prefix %j", async (prefix) => {
    expectInvalid(await create({ prefix }), { pointer: "#/prefix" });
  });

  it.each(["Orders", "orders:", "orders:re*d", "a b", ""])("refuses the scope %j", async (scope) => {
    expectInvalid(await create({ scopes: ["orders:read", scope] }), { pointer: "#/scopes/1" });
  });

  it.each([
    ["nested six deep", { a: { a: { a: { a: { a: { a: 1 } } } } } }],
    ["of a member that is null", { a: null }],
    ["of more than 4 KiB", { a: "x".repeat(4100) }],
  ])("refuses metadata %s", async (_name, metadata) => {
    expectInvalid(await create({ metadata }), { pointer: "#/metadata" });
  });
});

describe("changing a key", () => {
  const change = async (json: object) => {
    const { id } = await manager.createKey({ metadata: { team: "payments" } });
    return manager.request(`/v1/keys/${id}`, { method: "PATCH", json });
  };

  it("refuses an expiry in the past, and changes nothing else", async () => {
    const { id } = await manager.createKey({ name: "Before" });
    const json = { name: "After", expiresAt: "2020-01-01T00:00:00Z" };
    expectInvalid(await manager.request(`/v1/keys/${id}`, { method: "PATCH", json }), { pointer: "#/expiresAt" });
    expect((await manager.request(`/v1/keys/${id}`)).body).toMatchObject({ name: "Before", version: 1 });
  });

  it.each([
    "id",
    "lineage",
    "prefix",
    "recoverable",
    "createdAt",
    "expiresInSeconds",
    "version",
    "status",
    "revokedAt",
  ])("refuses to change %s", async (member) => {
    expectInvalid(await change({ [member]: 1 }), { pointer: `#/${member}` });
  });

  it.each([
    ["too large once it is put together", { more: "x".repeat(4080) }],
    ["too deep once it is put together", { team: { a: { a: { a: { a: { a: 1 } } } } } }],
  ])("refuses metadata that is %s", async (_name, metadata) => {
    expectInvalid(await change({ metadata }), { pointer: "#/metadata" });
  });
});

describe("rotating and revealing a key", () => {
  const act = async (what: string, json: object) => {
    const { id } = await manager.createKey();
    return manager.request(`/v1/keys/${id}/${what}`, { json });
  };

  it.each([-1, 0.5, 2_592_001, 1e308])("refuses a grace of %d seconds", async (graceSeconds) => {
    expectInvalid(await act("rotate", { graceSeconds }), { pointer: "#/graceSeconds" });
  });

  it("refuses to reveal for no reason, or for one that says nothing", async () => {
    for (const json of [{}, { reason: "" }, { reason: "  " }]) {
      expectInvalid(await act("reveal", json), { pointer: "#/reason" });
    }
  });
});

describe("validating a key", () => {
  it.each(["", " ", "a", "🔑", "a\nb", "a".repeat(60_000), "\u202e"])("answers malformed to %j", async (key) => {
    expect(await manager.validate(key)).toEqual({ valid: false, code: "malformed", httpStatus: 401 });
  });

  it.each(['"a\\u0000b"', '"\\ud800"'])("answers malformed to the text %s, as to any other", async (key) => {
    const headers = { "Content-Type": "application/json" };
    const answer = await manager.request("/v1/validate", { body: `{"key":${key}}`, headers });
    expect([answer.status, answer.body.code]).toEqual([200, "malformed"]);
  });

  it.each(["orders:*", "*", "Orders", ""])("refuses %j as a needed scope", async (scope) => {
    const json = { key: "a", scopes: [scope], anyScope: [scope] };
    const answer = await manager.request("/v1/validate", { json });
    expectInvalid(answer, { pointer: "#/scopes/0" });
    expectInvalid(answer, { pointer: "#/anyScope/0" });
  });
});
