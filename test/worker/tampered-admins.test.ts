import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CreatedAdmin,
  eventTypesOf,
  forgetEverything,
  inObject,
  type Manager,
  startManager,
} from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";
import { isAlive, openSession } from "../support/session.ts";
import { adminRows, alter, columnsOf, edit, roleRows, signatureOf } from "../support/tamper.ts";

let manager: Manager;

beforeAll(async () => {
  manager = await startManager();
});
afterAll(forgetEverything);

/** Where one of these is another, the secret no longer matches any record, and nothing is told of why. */
const decidesTheMatch = ["id", "verifier", "mac_fingerprint"];

const at = (id: string) => `/v1/admins/${id}`;
const patch = (id: string) => manager.request(at(id), { method: "PATCH", json: { name: "Mine" } });
const rotate = (id: string) => manager.request(`${at(id)}/rotate`, { json: {} });
const revoke = (id: string) => manager.request(`${at(id)}/revoke`, { json: { reason: "tampered" } });

/** Refused as a credential, shown as what it is, not to be changed, and not signed anew when it is revoked. */
const expectDeadRecord = async (admin: CreatedAdmin, id: string, label: string): Promise<void> => {
  const shown = await manager.request(at(id));
  expect([label, shown.status, shown.body.tampered]).toEqual([label, 200, true]);
  const before = await signatureOf(adminRows, id);
  expectProblem(await patch(id), 409, "tampered", label);
  expectProblem(await rotate(id), 409, "tampered", label);
  const revoked = await revoke(id);
  expect([label, revoked.status, revoked.body.status, revoked.body.tampered]).toEqual([label, 200, "revoked", true]);
  expect([label, await signatureOf(adminRows, id)]).toEqual([label, before]);
  expectProblem(await manager.as(admin.key).request("/v1/me"), 401, "invalid_credential", label);
};

describe("an admin's record that was changed in the database", () => {
  it("is refused whichever of its columns was changed, with its key and through its session", async () => {
    const columns = await columnsOf(adminRows);
    expect(columns).toHaveLength(24);
    for (const column of columns) {
      const admin = await manager.createAdmin();
      const visit = await openSession(manager.as(admin.key));
      const id = await alter(adminRows, admin.id, column);
      const answer = await manager.as(admin.key).request("/v1/me");
      expectProblem(answer, 401, "invalid_credential", column);
      const reason = decidesTheMatch.includes(column) ? undefined : "tampered";
      expect([column, answer.body.reason]).toEqual([column, reason]);
      expect([column, await isAlive(visit)]).toEqual([column, false]);
      await expectDeadRecord(admin, id, column);
    }
  });

  it.each([
    "expires_at = 9223372036854775807",
    "created_at = -9223372036854775808",
    "version = 9223372036854775807",
    "version = 9007199254740993",
    "grace_ends_at = 9223372036854775807, successor = 'adm_'",
    "roles = 'no JSON'",
    "roles = '{}'",
    "roles = 'null'",
    `roles = '[{"toString":1},["owner"],null]'`,
    `roles = '["owner"]'`,
    "lineage = ''",
    "enabled = 2",
    "format = 2",
    "signature = x''",
    "verifier = x''",
    "mac_fingerprint = ''",
  ])("(%s) breaks nobody who reads it", async (assignment) => {
    const admin = await manager.createAdmin();
    expect(await edit(adminRows, admin.id, assignment)).toBe(1);
    const listed = await manager.request("/v1/admins?limit=200");
    expect(listed.status).toBe(200);
    expect(listed.body.items.find(({ id }: CreatedAdmin) => id === admin.id)).toMatchObject({ tampered: true });
    await expectDeadRecord(admin, admin.id, assignment);
  });

  it("gives no right when it names another role, and cannot be made use of by whoever holds that role's rights", async () => {
    const clerk = await manager.createAdmin({ roles: ["auditor"] });
    await edit(adminRows, clerk.id, `roles = '["owner"]'`);
    expect((await manager.as(clerk.key).request("/v1/me")).body.reason).toBe("tampered");
    await manager.saveRole("staff", { permissions: ["admins:manage", "keys:validate"] });
    const staff = manager.as((await manager.createAdmin({ roles: ["staff"] })).key);
    const victim = await manager.createAdmin({ roles: ["owner"] });
    await edit(adminRows, victim.id, `roles = '["validator"]'`);
    expectProblem(await staff.request(`${at(victim.id)}/revoke`, { json: {} }), 403, "exceeds_grantor");
  });

  it("takes no innocent with it when it points at their lineage", async () => {
    const [forged, innocent] = [await manager.createAdmin(), await manager.createAdmin()];
    await edit(adminRows, forged.id, `lineage = '${innocent.id}', predecessor = '${innocent.id}'`);
    expect((await revoke(forged.id)).body).toMatchObject({ alsoRevoked: [], tampered: true });
    expect((await manager.as(innocent.key).request("/v1/me")).status).toBe(200);
  });

  it("does not act in the name of the lineage it points at", async () => {
    const [forged, innocent] = [await manager.createAdmin(), await manager.createAdmin()];
    const visit = await openSession(manager.as(innocent.key));
    await edit(adminRows, forged.id, `lineage = '${innocent.id}'`);
    const end = await manager.as(forged.key).request("/v1/sessions", { method: "DELETE" });
    expectProblem(end, 401, "invalid_credential");
    expect(await isAlive(visit)).toBe(true);
  });

  it("does not count as the owner who must remain", async () => {
    const planted = await manager.createAdmin();
    await edit(adminRows, planted.id, `roles = '["owner"]'`);
    const { id } = (await manager.request("/v1/me")).body;
    expectProblem(await revoke(id), 409, "last_owner");
    const demote = { method: "PATCH", json: { roles: ["auditor"] } };
    expectProblem(await manager.request(at(id), demote), 409, "last_owner");
  });

  it("is revoked with its successor, whatever it says of its grace, and with an event", async () => {
    const admin = await manager.createAdmin();
    const { body: fresh } = await rotate(admin.id);
    await edit(adminRows, admin.id, "grace_finished = 1");
    expect((await revoke(fresh.id)).body).toMatchObject({ alsoRevoked: [admin.id] });
    expect(await eventTypesOf(admin.id)).toEqual(["admin.created", "admin.rotated", "admin.revoked"]);
  });

  it("that says of itself to be revoked is revoked all the same", async () => {
    const admin = await manager.createAdmin();
    await edit(adminRows, admin.id, "revoked_at = 1");
    expect((await revoke(admin.id)).body).toMatchObject({ revocationReason: "tampered" });
    expect(await eventTypesOf(admin.id)).toEqual(["admin.created", "admin.revoked"]);
  });
});

const save = (name: string, json: unknown) => manager.request(`/v1/roles/${name}`, { method: "PUT", json });
const remove = (name: string) => manager.request(`/v1/roles/${name}`, { method: "DELETE" });

let roles = 0;
/** A narrowed role, and somebody who holds it. */
const heldRole = async () => {
  roles += 1;
  const name = `clerk-${roles}a`;
  const json = { permissions: ["keys:read", "keys:create"], description: "Clerks", constraint: { owners: ["acct_1"] } };
  await manager.saveRole(name, json);
  const holder = await manager.createAdmin({ roles: [name] });
  return { name, json, holder, who: manager.as(holder.key) };
};

describe("a role's record that was changed in the database", () => {
  it("gives no right whichever of its columns was changed, and cannot be saved or given", async () => {
    const columns = await columnsOf(roleRows);
    expect(columns).toHaveLength(10);
    for (const column of columns) {
      const { name, json, holder, who } = await heldRole();
      expect((await who.request("/v1/keys")).status).toBe(200);
      const found = await alter(roleRows, name, column);
      expectProblem(await who.request("/v1/keys"), 403, "forbidden", column);
      expect((await who.request("/v1/me")).body).toMatchObject({ permissions: [], grants: [] });
      expect((await manager.request(`/v1/roles/${found}`)).body).toMatchObject({ name: found, tampered: true });
      const before = await signatureOf(roleRows, found);
      expectProblem(await save(found, json), 409, "tampered", column);
      expect(await signatureOf(roleRows, found)).toBe(before);
      const given = await manager.request("/v1/admins", { json: { name: "Another", roles: [found] } });
      expectInvalid(given, { pointer: "#/roles" }, column);
      await manager.request(at(holder.id), { method: "PATCH", json: { roles: ["auditor"] } });
      expect([column, (await remove(found)).status]).toEqual([column, 204]);
    }
  });

  it("can be made anew once it is deleted, which its holders must lose first", async () => {
    const { name, json, holder, who } = await heldRole();
    await edit(roleRows, name, "restriction = NULL");
    expectProblem(await who.request("/v1/keys"), 403, "forbidden");
    expectProblem(await remove(name), 409, "role_in_use");
    await manager.request(at(holder.id), { method: "PATCH", json: { roles: ["validator"] } });
    expect((await remove(name)).status).toBe(204);
    const saved = await save(name, json);
    expect([saved.status, saved.body.version]).toEqual([201, 1]);
    await manager.request(at(holder.id), { method: "PATCH", json: { roles: [name] } });
    expect((await who.request("/v1/keys")).status).toBe(200);
  });

  it.each([
    "permissions = 'no JSON'",
    "permissions = '{}'",
    `permissions = '["keys:read","keys:everything",{}]'`,
    "restriction = 'no JSON'",
    "restriction = 'null'",
    `restriction = '{"owners":{"length":1}}'`,
    `restriction = '{"owners":[1,null]}'`,
    "restriction = NULL",
    "version = 9223372036854775807",
    "created_at = 9223372036854775807",
    "format = 2",
    "signature = x''",
    "mac_fingerprint = ''",
  ])("(%s) breaks nobody who reads it", async (assignment) => {
    const { name, json, holder, who } = await heldRole();
    expect(await edit(roleRows, name, assignment)).toBe(1);
    expectProblem(await who.request("/v1/keys"), 403, "forbidden");
    const listed = await manager.request("/v1/roles?limit=200");
    expect(listed.body.items.find((role: { name: string }) => role.name === name)).toMatchObject({ tampered: true });
    expectProblem(await save(name, json), 409, "tampered");
    await manager.request(at(holder.id), { method: "PATCH", json: { roles: ["auditor"] } });
    expect((await remove(name)).status).toBe(204);
  });

  it("gives nothing under the name of another: not of a custom role, not of one built in", async () => {
    const [wide, narrow] = [await heldRole(), await heldRole()];
    const auditor = await manager.createAdmin();
    await inObject("admin", (sql) => {
      sql.exec("DELETE FROM roles WHERE name = ?", narrow.name);
      sql.exec("UPDATE roles SET name = ? WHERE name = ?", narrow.name, wide.name);
    });
    for (const { who } of [wide, narrow]) expectProblem(await who.request("/v1/keys"), 403, "forbidden");
    await edit(roleRows, narrow.name, "name = 'auditor'");
    const me = (await manager.as(auditor.key).request("/v1/me")).body;
    expect(me.permissions).toEqual(["keys:read", "admins:read", "roles:read", "events:read", "system:read"]);
    expect((await manager.request("/v1/roles")).status).toBe(200);
    expectProblem(await remove("auditor"), 409, "built_in_role");
  });
});
