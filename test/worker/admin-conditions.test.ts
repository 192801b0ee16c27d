import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CreatedAdmin, forgetEverything, inObject, type Manager, startManager } from "../support/manager.ts";
import { type AnyAnswer, expectInvalid, expectProblem } from "../support/problems.ts";

let manager: Manager;

beforeAll(async () => {
  manager = await startManager();
});
afterAll(forgetEverything);

/** Something that can be changed under a condition, in version 3. */
interface Resource {
  readonly path: string;
  readonly who: Manager;
  /** All that is stored of it. */
  readonly row: () => Promise<string>;
}

const rowIn = (table: string, key: string, value: string) => () =>
  inObject("admin", (sql) =>
    JSON.stringify([...sql.exec(`SELECT * FROM ${table} WHERE ${key} = ?`, value)], (_name, stored) =>
      stored instanceof ArrayBuffer ? [...new Uint8Array(stored)] : stored,
    ),
  );

const adminInVersion3 = async (): Promise<CreatedAdmin> => {
  const admin = await manager.createAdmin();
  for (const name of ["Second", "Third"]) {
    await manager.request(`/v1/admins/${admin.id}`, { method: "PATCH", json: { name } });
  }
  return admin;
};

const admin = async (): Promise<Resource> => {
  const { id } = await adminInVersion3();
  return { path: `/v1/admins/${id}`, who: manager, row: rowIn("admins", "id", id) };
};

const me = async (): Promise<Resource> => {
  const { id, key } = await adminInVersion3();
  return { path: "/v1/me", who: manager.as(key), row: rowIn("admins", "id", id) };
};

let roles = 0;
const role = async (): Promise<Resource> => {
  roles += 1;
  const name = `role-${roles}`;
  for (const description of ["First", "Second", "Third"]) {
    await manager.saveRole(name, { permissions: ["keys:read"], description });
  }
  return { path: `/v1/roles/${name}`, who: manager, row: rowIn("roles", "name", name) };
};

type Act = readonly [
  what: string,
  resource: () => Promise<Resource>,
  method: string,
  path: string,
  json: unknown,
  status: number,
];

const acts: readonly Act[] = [
  ["PATCH of an admin", admin, "PATCH", "", { name: "Fourth" }, 200],
  ["rotate of an admin", admin, "POST", "/rotate", {}, 201],
  ["revoke of an admin", admin, "POST", "/revoke", {}, 200],
  ["rotate of one's own key", me, "POST", "/rotate", {}, 201],
  ["PUT of a role", role, "PUT", "", { permissions: ["keys:create"] }, 200],
  ["DELETE of a role", role, "DELETE", "", undefined, 204],
];

const send = ({ who, path }: Resource, [, , method, more, json]: Act, ifMatch: string): Promise<AnyAnswer> =>
  who.request(`${path}${more}`, {
    method,
    headers: { "If-Match": ifMatch },
    ...(json === undefined ? {} : { json }),
  });

const events = () => inObject("admin", (sql) => sql.exec("SELECT count(*) AS count FROM events").one().count);

describe.each(acts)("%s with If-Match", (...act) => {
  const [, resource, , , , usual] = act;

  it("goes on where the version is among those named, or any will do", async () => {
    for (const ifMatch of ['"3"', "*", '"2", "3"', '"none,of-ours","3"', '  "3"  ']) {
      const answer = await send(await resource(), act, ifMatch);
      expect([ifMatch, answer.status]).toEqual([ifMatch, usual]);
    }
  });

  it("is refused where it is not, and nothing changes", async () => {
    const one = await resource();
    const before = [await one.row(), await events()];
    for (const ifMatch of ['"2"', '"4"', 'W/"3"', '"1", W/"3"', '"03"', '"3.0"', '""', '"none,of-ours"', '"-3"']) {
      const answer = await send(one, act, ifMatch);
      expectProblem(answer, 412, "version_mismatch", ifMatch);
      expect([ifMatch, answer.body.version]).toEqual([ifMatch, 3]);
    }
    expect([await one.row(), await events()]).toEqual(before);
  });

  it("is a bad request where the header is ill-formed", async () => {
    const one = await resource();
    const before = await one.row();
    for (const ifMatch of ["3", '"3', "'3'", '"3" "4"', "", ",", '*, "3"', 'w/"3"', `"${"3".repeat(2000)}"`]) {
      expectInvalid(await send(one, act, ifMatch), { header: "If-Match" }, ifMatch);
    }
    expect(await one.row()).toBe(before);
  });

  it("lets one of four win who read the same version", async () => {
    const one = await resource();
    const answers = await Promise.all(Array.from({ length: 4 }, () => send(one, act, '"3"')));
    const lost = usual === 204 ? 404 : 412;
    expect(answers.map(({ status }) => status).toSorted()).toEqual([usual, lost, lost, lost]);
  });
});

describe("the tag of an admin or a role", () => {
  it("is its version wherever it is answered with, and changes with every change alone", async () => {
    const { path } = await admin();
    expect((await manager.request(path)).headers.get("ETag")).toBe('"3"');
    const patched = await manager.request(path, { method: "PATCH", json: { name: "Fourth" } });
    expect([patched.headers.get("ETag"), patched.body.version]).toEqual(['"4"', 4]);
    const same = await manager.request(path, { method: "PATCH", json: { name: "Fourth" } });
    expect(same.headers.get("ETag")).toBe('"4"');
    const saved = await role();
    expect((await manager.request(saved.path)).headers.get("ETag")).toBe('"3"');
    const json = { permissions: ["keys:read"], description: "Third" };
    expect((await manager.request(saved.path, { method: "PUT", json })).headers.get("ETag")).toBe('"3"');
  });
});

describe("PUT of a role that does not exist", () => {
  it.each(["*", '"1"', '"0"', 'W/"1"'])("makes none under the condition %s", async (ifMatch) => {
    const json = { permissions: ["keys:read"] };
    const headers = { "If-Match": ifMatch };
    const answer = await manager.request("/v1/roles/nowhere", { method: "PUT", json, headers });
    expectProblem(answer, 412, "version_mismatch");
    expectProblem(await manager.request("/v1/roles/nowhere"), 404, "role_not_found");
  });

  it("does not tell versions of what is not there", async () => {
    const headers = { "If-Match": '"1"' };
    expectProblem(await manager.request("/v1/roles/nowhere", { method: "DELETE", headers }), 404, "role_not_found");
    for (const [method, path] of [
      ["PATCH", ""],
      ["POST", "/rotate"],
      ["POST", "/revoke"],
    ] as const) {
      const path404 = `/v1/admins/adm_0Vb3Zt2azz0000000000${path}`;
      expectProblem(await manager.request(path404, { method, json: {}, headers }), 404, "admin_not_found");
    }
  });
});

describe("of several reasons to refuse", () => {
  const stale = { "If-Match": '"99"' };
  let clerk: Manager;
  let owner: CreatedAdmin;

  beforeAll(async () => {
    await manager.saveRole("staff", { permissions: ["admins:manage", "roles:manage", "keys:read"] });
    clerk = manager.as((await manager.createAdmin({ roles: ["staff"] })).key);
    owner = await manager.createAdmin({ roles: ["owner"] });
    await manager.request(`/v1/admins/${owner.id}/revoke`, { json: {} });
    await manager.saveRole("wide", { permissions: ["keys:create"] });
    await manager.createAdmin({ roles: ["wide"] });
  });

  const acts: readonly [string, string, unknown][] = [
    ["PATCH", "", { name: "Mine" }],
    ["POST", "/rotate", {}],
  ];

  it.each(acts)(
    "%s%s of an admin tells of rights, then of the version, then of its state",
    async (method, path, json) => {
      const at = `/v1/admins/${owner.id}${path}`;
      expectProblem(await clerk.request(at, { method, json, headers: stale }), 403, "exceeds_grantor");
      expectProblem(await manager.request(at, { method, json, headers: stale }), 412, "version_mismatch");
      expectProblem(await manager.request(at, { method, json }), 409, "key_revoked");
    },
  );

  it("a revoke of the last owner tells of the version first", async () => {
    const { id } = (await manager.request("/v1/me")).body;
    const at = `/v1/admins/${id}/revoke`;
    expectProblem(await clerk.request(at, { json: {}, headers: stale }), 403, "exceeds_grantor");
    expectProblem(await manager.request(at, { json: {}, headers: stale }), 412, "version_mismatch");
    expectProblem(await manager.request(at, { json: {} }), 409, "last_owner");
  });

  it("a role in use tells of rights, then of the version, then of its use", async () => {
    const at = "/v1/roles/wide";
    const remove = (who: Manager, headers: Record<string, string> = {}) =>
      who.request(at, { method: "DELETE", headers });
    expectProblem(await remove(clerk, stale), 403, "exceeds_grantor");
    expectProblem(await remove(manager, stale), 412, "version_mismatch");
    expectProblem(await remove(manager), 409, "role_in_use");
    const save = (who: Manager, headers: Record<string, string>) =>
      who.request(at, { method: "PUT", json: { permissions: ["keys:read"] }, headers });
    expectProblem(await save(clerk, stale), 403, "exceeds_grantor");
    expectProblem(await save(manager, stale), 412, "version_mismatch");
  });

  it("a built-in role tells of rights, then of the version, then that it is built in", async () => {
    for (const method of ["PUT", "DELETE"]) {
      const send = (who: Manager, headers: Record<string, string> = {}) =>
        who.request("/v1/roles/auditor", {
          method,
          headers,
          ...(method === "PUT" ? { json: { permissions: ["keys:read"] } } : {}),
        });
      expectProblem(await send(clerk, stale), 403, "exceeds_grantor");
      expectProblem(await send(manager, stale), 412, "version_mismatch");
      expectProblem(await send(manager), 409, "built_in_role");
    }
  });
});
