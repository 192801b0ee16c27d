import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AdminView } from "../../src/core/access/admin.ts";
import { adminEventsOf, adminWith, patchAdmin, revokeAdmin, rotateAdmin, whoIs } from "../support/admins.ts";
import { forge, partsOf } from "../support/forgery.ts";
import { forgetEverything, inObject, Manager } from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";
import { testWorld } from "../support/test-world.ts";

let manager: Manager;
let ownerId = "";

beforeAll(async () => {
  manager = new Manager();
  await manager.setUp();
  ownerId = (await manager.request("/v1/me")).body.id;
});
afterAll(forgetEverything);

const hourMs = 3_600_000;
const inOneHour = (): string => new Date(Date.now() + testWorld.clockOffsetMs + hourMs).toISOString();
/** The clock only ever goes forward: all tests share one manager. */
const letPass = (milliseconds: number): void => {
  testWorld.clockOffsetMs += milliseconds;
};

const get = (id: string) => manager.request<AdminView>(`/v1/admins/${id}`);

describe("rotating an admin", () => {
  it("makes the same admin under a new id and key, the old key good to the very end of its grace", async () => {
    const old = await manager.createAdmin({ expiresAt: "2999-01-01T00:00:00Z" });
    const answer = await rotateAdmin(manager, old.id, { graceSeconds: 60 });
    const { key, replaced, ...successor } = answer.body;
    expect(answer.status).toBe(201);
    expect(answer.headers.get("Location")).toBe(`/v1/admins/${successor.id}`);
    expect(successor).toMatchObject({ lineage: old.id, name: old.name, roles: old.roles, expiresAt: old.expiresAt });
    expect(successor).toMatchObject({
      status: "active",
      version: 1,
      rotation: { predecessor: old.id, successor: null },
    });
    expect(replaced).toMatchObject({ id: old.id, status: "rotating", rotation: { successor: successor.id } });
    expect(await whoIs(manager, old.key)).toBe("rotating auditor");
    expect(await whoIs(manager, key)).toBe("active auditor");

    const graceEndsAt = Date.parse(replaced.rotation.graceEndsAt ?? "");
    testWorld.fixedTime = graceEndsAt;
    expect(await whoIs(manager, old.key)).toBe("rotating auditor");
    testWorld.fixedTime = graceEndsAt + 1;
    expect(await whoIs(manager, old.key)).toBe("401 invalid_credential rotated");
    testWorld.fixedTime = null;
    letPass(61_000);
    expect(await whoIs(manager, old.key)).toBe("401 invalid_credential rotated");
    expect(await whoIs(manager, key)).toBe("active auditor");
    expectProblem(await patchAdmin(manager, old.id, { name: "Grace" }), 409, "key_rotated");
    const events = await adminEventsOf(old.id);
    expect(events.map(({ type }) => type)).toEqual(["admin.created", "admin.rotated"]);
    expect(events[1]?.changes).toMatchObject({ successor: { from: null, to: successor.id } });
    expect(await adminEventsOf(successor.id)).toEqual([]);
  });

  it("ends the old key at once where the grace is 0", async () => {
    const old = await manager.createAdmin();
    const { body } = await rotateAdmin(manager, old.id, { graceSeconds: 0 });
    expect(body.replaced.status).toBe("rotated");
    expect(await whoIs(manager, old.key)).toBe("401 invalid_credential rotated");
    expect(await whoIs(manager, body.key)).toBe("active auditor");
  });

  it("happens once to each key, and names the successor to whoever tries again", async () => {
    const { id } = await manager.createAdmin();
    const [first, second] = await Promise.all([rotateAdmin(manager, id), rotateAdmin(manager, id)]);
    const [done, refused] = first.status === 201 ? [first, second] : [second, first];
    expect(done.status).toBe(201);
    expectProblem(refused, 409, "already_rotated");
    expect(refused.body).toMatchObject({ successor: done.body.id });
  });

  it("needs no permission for one's own key", async () => {
    const old = await adminWith(manager, ["validator"]);
    const { status, body } = await old.by.request("/v1/me/rotate", { json: { graceSeconds: 0 } });
    expect([status, body.lineage, body.roles]).toEqual([201, old.id, ["validator"]]);
    expect(await whoIs(manager, body.key)).toBe("active validator");
    expect(await adminEventsOf(old.id)).toMatchObject([{}, { type: "admin.rotated", actor: old.id }]);
  });

  it.each([-1, 2_592_001, 0.5, "60", null])("is refused with a grace of %j", async (graceSeconds) => {
    expectInvalid(await rotateAdmin(manager, ownerId, { graceSeconds }), { pointer: "#/graceSeconds" });
  });
});

describe("a key in grace", () => {
  const rotated = async () => {
    const old = await manager.createAdmin({ roles: ["issuer", "auditor"] });
    const { body } = await rotateAdmin(manager, old.id);
    return { old, fresh: body };
  };

  it("loses the roles that its successor loses", async () => {
    const { old, fresh } = await rotated();
    await patchAdmin(manager, fresh.id, { roles: ["issuer"] });
    expect(await whoIs(manager, old.key)).toBe("rotating issuer");
    expect((await adminEventsOf(old.id)).at(-1)).toMatchObject({
      type: "admin.updated",
      changes: { roles: { from: ["issuer", "auditor"], to: ["issuer"] } },
    });
  });

  it("is given nothing that it did not have", async () => {
    const { old, fresh } = await rotated();
    await patchAdmin(manager, fresh.id, { roles: ["issuer", "auditor", "validator"] });
    expect(await whoIs(manager, old.key)).toBe("rotating issuer auditor");
    await patchAdmin(manager, fresh.id, { roles: ["validator"] });
    expectProblem(await manager.as(old.key).request("/v1/keys"), 403, "forbidden");
    expectProblem(await manager.as(old.key).request("/v1/validate", { json: { key: "a" } }), 403, "forbidden");
    expect((await manager.as(fresh.key).validate("a")).code).toBe("malformed");
  });

  it("is disabled with its successor, and expires no later", async () => {
    const { old, fresh } = await rotated();
    const expiresAt = inOneHour();
    await patchAdmin(manager, fresh.id, { expiresAt });
    expect((await get(old.id)).body).toMatchObject({ expiresAt, rotation: { graceEndsAt: expiresAt } });
    await patchAdmin(manager, fresh.id, { enabled: false });
    expect(await whoIs(manager, old.key)).toBe("401 invalid_credential disabled");
  });

  it("gets no longer grace from a later expiry", async () => {
    const { old, fresh } = await rotated();
    const { graceEndsAt } = (await get(old.id)).body.rotation;
    for (const id of [fresh.id, old.id]) await patchAdmin(manager, id, { expiresAt: "2999-01-01T00:00:00Z" });
    expect((await get(old.id)).body.rotation.graceEndsAt).toBe(graceEndsAt);
  });

  it("is revoked with its successor, and not the other way round", async () => {
    const { old, fresh } = await rotated();
    const { body: third } = await rotateAdmin(manager, fresh.id);
    const answer = await revokeAdmin(manager, fresh.id, { reason: "leaked", note: "seen in a log" });
    expect(answer.body).toMatchObject({ status: "revoked", revocationReason: "leaked", alsoRevoked: [old.id] });
    for (const { key } of [old, fresh]) expect(await whoIs(manager, key)).toBe("401 invalid_credential revoked");
    expect(await whoIs(manager, third.key)).toBe("active issuer auditor");
    for (const { id } of [old, fresh]) {
      expect((await adminEventsOf(id)).at(-1)).toMatchObject({
        type: "admin.revoked",
        reason: "leaked",
        note: "seen in a log",
      });
    }
  });
});

describe("the key of an admin and the key of a customer", () => {
  it("are never taken for each other", async () => {
    const admin = await manager.createAdmin();
    const customer = await manager.createKey();
    expect(await manager.validate(admin.key)).toEqual({ valid: false, code: "unknown", httpStatus: 401 });
    expect(await whoIs(manager, customer.key)).toBe("401 invalid_credential");
    expect(await whoIs(manager, forge({ ...partsOf(customer.key), prefix: "lk_admin" }))).toBe(
      "401 invalid_credential",
    );
    const renamed = forge({ ...partsOf(admin.key), prefix: "lk_live" });
    expect(await manager.validate(renamed)).toEqual({ valid: false, code: "unknown", httpStatus: 401 });
    const disguised = { name: "A key", owner: "acct_1", prefix: "lk_admin" };
    expectInvalid(await manager.request("/v1/keys", { json: disguised }), { pointer: "#/prefix" });
    const asKey = await manager.request(`/v1/keys/${admin.id.replace("adm_", "key_")}`);
    expectProblem(asKey, 404, "key_not_found");
  });
});

const storedBytes = (object: string): Promise<string> =>
  inObject(object, (sql) =>
    [
      ...sql.exec<{ name: string }>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      ),
    ]
      .flatMap(({ name }) => [...sql.exec(`SELECT * FROM ${name}`)])
      .flatMap((row) => Object.values(row))
      .map((value) => (value instanceof ArrayBuffer ? new TextDecoder("latin1").decode(value) : String(value)))
      .join("\n"),
  );

describe("the secret of an admin", () => {
  it("is stored nowhere", async () => {
    const once = (name: string) => ({ "Idempotency-Key": name });
    const json = { name: "Ada", roles: ["auditor"] };
    const { body: made } = await manager.request("/v1/admins", { json, headers: once("make") });
    const { body: next } = await rotateAdmin(manager, made.id, {}, once("rotate"));
    const stored = await storedBytes("admin");
    expect(stored).toContain(made.id);
    for (const { key } of [made, next, { key: manager.adminKey }]) {
      expect(stored).not.toContain(partsOf(key).secret);
      expect(stored).not.toContain(key.slice(-47));
    }
  });
});
