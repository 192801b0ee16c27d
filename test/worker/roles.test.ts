import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  adminEventsOf,
  adminWith,
  deleteRole,
  patchAdmin,
  putRole,
  revokeAdmin,
  rotateAdmin,
  tamperWith,
  whoIs,
} from "../support/admins.ts";
import { forgetEverything, type Manager, startManager } from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";

let manager: Manager;
let ownerId = "";

beforeAll(async () => {
  manager = await startManager();
  ownerId = (await manager.request("/v1/me")).body.id;
});
afterAll(forgetEverything);

const reading = { permissions: ["keys:read"] };
const get = (name: string) => manager.request(`/v1/roles/${name}`);
const builtIn = ["auditor", "issuer", "operator", "owner", "validator"];

describe("making a role", () => {
  it("answers it as it is stored, each entry once and in the one order", async () => {
    const answer = await putRole(manager, "billing-team", {
      permissions: ["keys:rotate", "keys:create", "keys:rotate"],
      description: "Keys of the billing team",
      constraint: { scopes: ["orders:*", "orders:*"], owners: ["acct_4*"], prefixes: ["acme_*"] },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("Location")).toBe("/v1/roles/billing-team");
    expect(answer.headers.get("ETag")).toBe('"1"');
    expect(answer.body).toEqual({
      ...{ name: "billing-team", builtIn: false, description: "Keys of the billing team" },
      permissions: ["keys:create", "keys:rotate"],
      constraint: { owners: ["acct_4*"], prefixes: ["acme_*"], scopes: ["orders:*"] },
      ...{ createdAt: expect.stringMatching(/Z$/), updatedAt: answer.body.createdAt, version: 1 },
    });
    expect((await get("billing-team")).body).toEqual(answer.body);
    expect(await adminEventsOf("billing-team")).toMatchObject([
      {
        ...{ type: "role.saved", actor: ownerId },
        changes: { permissions: { from: null, to: ["keys:create", "keys:rotate"] }, constraint: { from: null } },
      },
    ]);
  });

  it.each(["a", "constructor", "tostring", `r${"0".repeat(63)}`, "a-b_c-9"])("takes the name %s", async (name) => {
    expect((await putRole(manager, name, reading)).status).toBe(201);
    const { by } = await adminWith(manager, [name]);
    expect((await by.request("/v1/me")).body.grants).toEqual([
      { role: name, permissions: ["keys:read"], constraint: null },
    ]);
  });

  it.each(["A", "1a", "-a", "a.b", "__proto__", `r${"0".repeat(64)}`, "%00", "a%20b"])(
    "is a 404 at %s",
    async (name) => {
      for (const answer of [await putRole(manager, name, reading), await get(name), await deleteRole(manager, name)]) {
        expectProblem(answer, 404, "role_not_found");
      }
    },
  );

  it.each<[string, Record<string, unknown>]>([
    ["permissions", {}],
    ["permissions", { permissions: [] }],
    ["permissions/0", { permissions: ["keys:*"] }],
    ["permissions/1", { permissions: ["keys:read", "keys:fly"] }],
    ["constraint", { ...reading, constraint: {} }],
    ["constraint/owners", { ...reading, constraint: { owners: [] } }],
    ["constraint/prefixes", { ...reading, constraint: { owners: ["a"], prefixes: [] } }],
    ["constraint/scopes", { ...reading, constraint: { scopes: [] } }],
    ["constraint/owners/0", { ...reading, constraint: { owners: ["-a"] } }],
    ["constraint/prefixes/0", { ...reading, constraint: { prefixes: ["ACME*"] } }],
    ["constraint/scopes/0", { ...reading, constraint: { scopes: ["Orders:*"] } }],
    ["constraint/scopes/0", { ...reading, constraint: { scopes: ["ord*"] } }],
    ["constraint/tenants", { ...reading, constraint: { tenants: ["a"] } }],
    ["inherits", { ...reading, inherits: ["owner"] }],
  ])("is refused for its %s where the body is %j", async (member, json) => {
    expectInvalid(await putRole(manager, "refused", json), { pointer: `#/${member}` });
    expectProblem(await get("refused"), 404, "role_not_found");
  });

  it.each(["admins:read", "admins:manage", "roles:read", "roles:manage", "system:read", "system:manage"])(
    "is refused with %s within a constraint",
    async (permission) => {
      const json = { permissions: ["keys:read", permission], constraint: { owners: ["acct_*"] } };
      expectInvalid(await putRole(manager, "refused", json), { pointer: "#/permissions" });
      expectProblem(await get("refused"), 404, "role_not_found");
    },
  );

  it("takes every permission of keys, and to read events, within a constraint", async () => {
    const acts = ["create", "read", "update", "rotate", "revoke", "delete", "reveal", "validate"];
    const permissions = [...acts.map((act) => `keys:${act}`), "events:read"];
    const answer = await putRole(manager, "constrained", { permissions, constraint: { prefixes: ["*"] } });
    expect([answer.status, answer.body.permissions]).toEqual([201, permissions]);
  });
});

describe("changing a role", () => {
  it("replaces it whole, and tells what became different", async () => {
    await putRole(manager, "changing", { ...reading, description: "Before", constraint: { owners: ["a"] } });
    const answer = await putRole(manager, "changing", { permissions: ["keys:read", "keys:revoke"] });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Location")).toBeNull();
    expect(answer.body).toMatchObject({ description: null, constraint: null, version: 2 });
    expect((await adminEventsOf("changing"))[1]).toMatchObject({
      type: "role.saved",
      changes: {
        description: { from: "Before", to: null },
        permissions: { from: ["keys:read"], to: ["keys:read", "keys:revoke"] },
        constraint: { from: { owners: ["a"] }, to: null },
      },
    });
  });

  it("writes nothing where the same is said in other words", async () => {
    const constraint = { owners: ["a", "b"], scopes: ["orders:*"] };
    await putRole(manager, "same", { permissions: ["keys:read", "keys:revoke"], constraint });
    const again = {
      permissions: ["keys:revoke", "keys:read"],
      constraint: { scopes: ["orders:*"], owners: ["a", "b", "a"] },
    };
    expect(await putRole(manager, "same", again)).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await adminEventsOf("same")).toHaveLength(1);
  });

  it("only changes the version that was meant, and makes none where one was expected", async () => {
    await putRole(manager, "versions", reading);
    const [revoking, stale] = [{ permissions: ["keys:revoke"] }, { "If-Match": '"7"' }];
    expectProblem(await putRole(manager, "versions", revoking, stale), 412, "version_mismatch");
    expectProblem(await putRole(manager, "not-there", revoking, { "If-Match": "*" }), 412, "version_mismatch");
    expectProblem(await get("not-there"), 404, "role_not_found");
    expect(await putRole(manager, "versions", revoking, { "If-Match": '"1"' })).toMatchObject({ status: 200 });
  });

  it("bites at the holder's next request", async () => {
    await putRole(manager, "biting", { permissions: ["keys:read", "keys:create"] });
    const holder = await adminWith(manager, ["biting"]);
    const create = () => holder.by.request("/v1/keys", { json: { name: "A key", owner: "acct_1" } });
    expect((await create()).status).toBe(201);

    await putRole(manager, "biting", { permissions: ["keys:read", "keys:create"], constraint: { owners: ["acct_2"] } });
    expectProblem(await create(), 403, "exceeds_grantor");
    expect((await holder.by.request("/v1/keys")).body.items).toEqual([]);
    expect((await holder.by.request("/v1/me")).body).toMatchObject({
      permissions: ["keys:create", "keys:read"],
      grants: [{ role: "biting", constraint: { owners: ["acct_2"] } }],
    });

    await putRole(manager, "biting", reading);
    expectProblem(await create(), 403, "forbidden");
    expect((await holder.by.request("/v1/keys")).body.items).toHaveLength(1);
  });
});

describe("deleting a role", () => {
  it("removes it, and tells of it", async () => {
    await putRole(manager, "leaving", reading);
    expect(await deleteRole(manager, "leaving")).toMatchObject({ status: 204, text: "" });
    expectProblem(await get("leaving"), 404, "role_not_found");
    expectProblem(await deleteRole(manager, "leaving"), 404, "role_not_found");
    const json = { name: "Ada", roles: ["leaving"] };
    expectInvalid(await manager.request("/v1/admins", { json }), { pointer: "#/roles" });
    expect((await adminEventsOf("leaving")).map(({ type }) => type)).toEqual(["role.saved", "role.deleted"]);
    expect(await putRole(manager, "leaving", reading)).toMatchObject({ status: 201, body: { version: 1 } });
  });

  it.each(["active", "disabled", "rotated", "revoked"])(
    "is refused while an admin holds it who is %s",
    async (status) => {
      await putRole(manager, `held-${status}`, reading);
      const { id } = await manager.createAdmin({ roles: ["auditor", `held-${status}`] });
      if (status === "disabled") await patchAdmin(manager, id, { enabled: false });
      if (status === "revoked") await revokeAdmin(manager, id);
      if (status === "rotated") {
        const { body } = await rotateAdmin(manager, id, { graceSeconds: 0 });
        await patchAdmin(manager, body.id, { roles: ["auditor"] });
      }
      expect((await manager.request(`/v1/admins/${id}`)).body.status).toBe(status);
      expectProblem(await deleteRole(manager, `held-${status}`), 409, "role_in_use");
      expect((await get(`held-${status}`)).status).toBe(200);
    },
  );

  it("is possible once nobody holds it, a role of a longer name counting for nothing", async () => {
    for (const name of ["short", "short-er"]) await putRole(manager, name, reading);
    const { id } = await manager.createAdmin({ roles: ["short"] });
    await manager.createAdmin({ roles: ["short-er"] });
    expectProblem(await deleteRole(manager, "short"), 409, "role_in_use");
    await patchAdmin(manager, id, { roles: ["auditor"] });
    expect((await deleteRole(manager, "short")).status).toBe(204);
  });
});

describe("a built-in role", () => {
  it.each(builtIn)("(%s) can be read, and neither changed nor deleted", async (name) => {
    const before = await get(name);
    expect(before).toMatchObject({ status: 200, body: { name, builtIn: true, constraint: null } });
    expectProblem(await putRole(manager, name, reading), 409, "built_in_role");
    expectProblem(await deleteRole(manager, name), 409, "built_in_role");
    expect((await get(name)).body).toEqual(before.body);
  });
});

describe("a role that was changed in the database", () => {
  it("gives no right, can be given to nobody, and is shown as tampered", async () => {
    await putRole(manager, "tampered", reading);
    const { key } = await manager.createAdmin({ roles: ["tampered", "validator"] });
    await tamperWith("roles", "tampered", "permissions", '["keys:read","keys:reveal","admins:manage"]');
    const me = await manager.as(key).request("/v1/me");
    expect(me.body).toMatchObject({ permissions: ["keys:validate"], grants: [{ role: "validator" }] });
    expectProblem(await manager.as(key).request("/v1/keys"), 403, "forbidden");
    expect((await get("tampered")).body).toMatchObject({ tampered: true });
    const json = { name: "Ada", roles: ["tampered"] };
    expectInvalid(await manager.request("/v1/admins", { json }), { pointer: "#/roles" });
    expectProblem(await putRole(manager, "tampered", reading), 409, "tampered");
    expect(await whoIs(manager, key)).toBe("active tampered validator");
  });

  it("is taken from its holders, deleted and made anew", async () => {
    await putRole(manager, "mended", reading);
    const { id, by } = await adminWith(manager, ["mended"]);
    await tamperWith("roles", "mended", "permissions", '["keys:reveal"]');
    expect((await patchAdmin(manager, id, { roles: ["validator"] })).status).toBe(200);
    expect((await deleteRole(manager, "mended")).status).toBe(204);
    expect((await putRole(manager, "mended", reading)).status).toBe(201);
    await patchAdmin(manager, id, { roles: ["mended"] });
    expect((await by.request("/v1/me")).body.permissions).toEqual(["keys:read"]);
  });

  it("gives no right where its constraint was taken off", async () => {
    await putRole(manager, "narrow", { ...reading, constraint: { owners: ["acct_1"] } });
    const { by } = await adminWith(manager, ["narrow"]);
    await tamperWith("roles", "narrow", "restriction", null);
    expect((await by.request("/v1/me")).body.grants).toEqual([]);
  });

  it("gives no right where another role's row was put in its place", async () => {
    await putRole(manager, "small", reading);
    await putRole(manager, "great", { permissions: ["admins:manage"] });
    const { by } = await adminWith(manager, ["small"]);
    await tamperWith("roles", "small", "name", "aside");
    await tamperWith("roles", "great", "name", "small");
    expect((await by.request("/v1/me")).body.grants).toEqual([]);
    await tamperWith("roles", "small", "name", "great");
    await tamperWith("roles", "aside", "name", "small");
    expect((await by.request("/v1/me")).body.permissions).toEqual(["keys:read"]);
  });
});

describe("the list of roles", () => {
  it("holds all by name, the built-in ones among them, whatever the size of a page", async () => {
    for (const name of ["aardvark", "zebra", `l${"o".repeat(63)}`]) await putRole(manager, name, reading);
    const walk = async (limit: number): Promise<string[]> => {
      const names: string[] = [];
      for (let cursor = ""; ; ) {
        const { body } = await manager.request(`/v1/roles?limit=${limit}${cursor}`);
        names.push(...body.items.map(({ name }: { readonly name: string }) => name));
        if (body.nextCursor === null) return names;
        expect(body.items).toHaveLength(limit);
        cursor = `&cursor=${body.nextCursor}`;
      }
    };
    const names = await walk(200);
    expect(names).toEqual(expect.arrayContaining([...builtIn, "aardvark", "zebra", `l${"o".repeat(63)}`]));
    expect(names).toEqual(names.toSorted());
    expect(new Set(names).size).toBe(names.length);
    for (const limit of [1, 2, 7]) expect(await walk(limit)).toEqual(names);
  });
});

describe("what the grants of an admin say", () => {
  it("keeps every role with its own constraint apart", async () => {
    const narrow = { owners: ["acct_4*"], scopes: ["orders:*"] };
    await putRole(manager, "of-some", { permissions: ["keys:create", "keys:read"], constraint: narrow });
    const { by } = await adminWith(manager, ["validator", "of-some"]);
    expect((await by.request("/v1/me")).body).toMatchObject({
      permissions: ["keys:create", "keys:read", "keys:validate"],
      grants: [
        { role: "validator", permissions: ["keys:validate"], constraint: null },
        { role: "of-some", permissions: ["keys:create", "keys:read"], constraint: narrow },
      ],
    });
  });
});
