import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AdminView } from "../../src/core/access/admin.ts";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import { adminEventsOf, patchAdmin, revokeAdmin, rotateAdmin, tamperWith, whoIs } from "../support/admins.ts";
import { anotherIsolate, forgetEverything, Manager, redeploy } from "../support/manager.ts";
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

describe("making an admin", () => {
  it("answers it with its key, which works at once", async () => {
    const answer = await manager.request("/v1/admins", {
      json: { name: "Ada", roles: ["issuer", "auditor", "issuer"] },
    });
    const { key, ...admin } = answer.body;
    expect(answer.status).toBe(201);
    expect(key).toMatch(/^lk_admin_[0-9A-Za-z]{20}_[0-9A-Za-z]{47}$/);
    expect(admin).toEqual({
      ...{ id: expect.stringMatching(/^adm_[0-9A-Za-z]{20}$/), lineage: admin.id, name: "Ada" },
      hint: `lk_admin_...${key.slice(-4)}`,
      ...{ roles: ["issuer", "auditor"], status: "active", enabled: true, expiresAt: null, version: 1 },
      ...{ createdAt: expect.stringMatching(/\.\d{3}Z$/), updatedAt: admin.createdAt },
      rotation: { predecessor: null, successor: null, graceEndsAt: null },
      ...{ revokedAt: null, revocationReason: null, revocationNote: null },
    });
    expect(answer.headers.get("Location")).toBe(`/v1/admins/${admin.id}`);
    expect(answer.headers.get("ETag")).toBe('"1"');
    const me = await manager.as(key).request("/v1/me");
    expect(me.body).toMatchObject({ ...admin, grants: [{ role: "issuer" }, { role: "auditor", constraint: null }] });
    expect(me.body.permissions).toContain("keys:create");
    expect(me.body.permissions).not.toContain("admins:manage");
    expect(await get(admin.id)).toMatchObject({ status: 200, body: admin });
    expect(await adminEventsOf(admin.id)).toMatchObject([
      {
        ...{ type: "admin.created", subject: `admin ${admin.id} ${admin.id}`, actor: ownerId },
        changes: { name: { from: null, to: "Ada" }, roles: { from: null, to: ["issuer", "auditor"] } },
      },
    ]);
  });

  it("takes the expiry it is given, in whatever offset", async () => {
    const admin = await manager.createAdmin({ expiresAt: "2999-01-01T02:00:00+02:00" });
    expect(admin.expiresAt).toBe("2999-01-01T00:00:00.000Z");
  });

  it.each([
    ["name", { roles: ["auditor"] }],
    ["roles", { name: "Ada" }],
    ["roles", { name: "Ada", roles: [] }],
    ["roles", { name: "Ada", roles: ["auditor", "nobody"] }],
    ["expiresAt", { name: "Ada", roles: ["auditor"], expiresAt: "2001-01-01T00:00:00Z" }],
    ["enabled", { name: "Ada", roles: ["auditor"], enabled: true }],
  ])("is refused for its %s where the body is %j", async (member, json) => {
    expectInvalid(await manager.request("/v1/admins", { json }), { pointer: `#/${member}` });
  });

  it("names the role that there is not, in a change too", async () => {
    const { id } = await manager.createAdmin();
    for (const answer of [
      await manager.request("/v1/admins", { json: { name: "Ada", roles: ["auditor", "sailor"] } }),
      await patchAdmin(manager, id, { roles: ["sailor"] }),
    ]) {
      expectInvalid(answer, { pointer: "#/roles" });
      expect(answer.body).toMatchObject({ errors: [{ detail: expect.stringContaining("sailor") }] });
    }
    expect((await get(id)).body).toMatchObject({ roles: ["auditor"], version: 1 });
  });
});

describe("an admin that is not there", () => {
  it.each(["adm_0V0000000000zz000000", "adm_short", "key_0V0000000000zz000000", "adm_%00"])(
    "%s is a 404",
    async (id) => {
      expectProblem(await get(id), 404, "admin_not_found");
      expectProblem(await patchAdmin(manager, id, { name: "Ada" }), 404, "admin_not_found");
      expectProblem(await rotateAdmin(manager, id), 404, "admin_not_found");
      expectProblem(await revokeAdmin(manager, id), 404, "admin_not_found");
    },
  );
});

describe("changing an admin", () => {
  it("changes what is named and tells of it", async () => {
    const { id, key } = await manager.createAdmin({ expiresAt: "2999-01-01T00:00:00Z" });
    const answer = await patchAdmin(manager, id, { name: "Grace", roles: ["issuer"], expiresAt: null });
    expect(answer.body).toMatchObject({ name: "Grace", roles: ["issuer"], expiresAt: null, enabled: true, version: 2 });
    expect(answer.headers.get("ETag")).toBe('"2"');
    expect((await get(id)).body).toEqual(answer.body);
    expect(await whoIs(manager, key)).toBe("active issuer");
    const [, updated, ...others] = await adminEventsOf(id);
    expect(others).toEqual([]);
    expect(updated).toMatchObject({ type: "admin.updated", actor: ownerId });
    expect(updated?.changes).toEqual({
      name: { from: "An admin", to: "Grace" },
      roles: { from: ["auditor"], to: ["issuer"] },
      expiresAt: { from: "2999-01-01T00:00:00.000Z", to: null },
    });
  });

  it("writes nothing where it changes nothing", async () => {
    const { id, name } = await manager.createAdmin();
    for (const json of [{}, { name }, { roles: ["auditor"] }, { enabled: true, expiresAt: null }]) {
      expect(await patchAdmin(manager, id, json)).toMatchObject({ status: 200, body: { version: 1 } });
    }
    expect(await adminEventsOf(id)).toHaveLength(1);
  });

  it.each([
    { name: null },
    { roles: null },
    { enabled: null },
    { roles: [] },
    { lineage: "x" },
    { expiresAt: "2001-01-01T00:00:00Z" },
  ])("is refused with %j", async (json) => {
    const { id } = await manager.createAdmin();
    expectInvalid(await patchAdmin(manager, id, json), { pointer: `#/${Object.keys(json)[0]}` });
    expect((await get(id)).body.version).toBe(1);
  });

  it("takes the right away for as long as it is disabled", async () => {
    const { id, key } = await manager.createAdmin();
    await patchAdmin(manager, id, { enabled: false });
    expect(await whoIs(manager, key)).toBe("401 invalid_credential disabled");
    expectProblem(await rotateAdmin(manager, id), 409, "key_disabled");
    await patchAdmin(manager, id, { enabled: true });
    expect(await whoIs(manager, key)).toBe("active auditor");
  });

  it("ends an admin at its expiry, and revives it by a later one", async () => {
    const expiresAt = inOneHour();
    const { id, key } = await manager.createAdmin({ expiresAt });
    expect(await whoIs(manager, key)).toBe("active auditor");
    letPass(hourMs + 1000);
    expect(await whoIs(manager, key)).toBe("401 invalid_credential expired");
    expect((await get(id)).body.status).toBe("expired");
    expectProblem(await rotateAdmin(manager, id), 409, "key_expired");
    expect((await patchAdmin(manager, id, { expiresAt: inOneHour() })).status).toBe(200);
    expect(await whoIs(manager, key)).toBe("active auditor");
  });

  it("only changes the version that was meant", async () => {
    const { id } = await manager.createAdmin();
    await patchAdmin(manager, id, { name: "Grace" });
    expectProblem(await patchAdmin(manager, id, { name: "Ada" }, { "If-Match": '"1"' }), 412, "version_mismatch");
    expectProblem(await rotateAdmin(manager, id, {}, { "If-Match": '"1"' }), 412, "version_mismatch");
    expect(await patchAdmin(manager, id, { name: "Ada" }, { "If-Match": '"2"' })).toMatchObject({ status: 200 });
  });
});

describe("revoking an admin", () => {
  it("is for good, and again changes nothing", async () => {
    const { id, key } = await manager.createAdmin();
    const first = await revokeAdmin(manager, id, { reason: "owner_left" });
    expect(first.body).toMatchObject({
      status: "revoked",
      revocationReason: "owner_left",
      alsoRevoked: [],
      version: 2,
    });
    expect(await revokeAdmin(manager, id, { reason: "leaked" })).toMatchObject({ status: 200, body: first.body });
    expect(await adminEventsOf(id)).toHaveLength(2);
    expect(await whoIs(manager, key)).toBe("401 invalid_credential revoked");
    expectProblem(await patchAdmin(manager, id, { enabled: true }), 409, "key_revoked");
    expectProblem(await rotateAdmin(manager, id), 409, "key_revoked");
  });

  it("erases the answer that would have given its key out again", async () => {
    const headers = { "Idempotency-Key": "make-then-revoke" };
    const send = () => manager.request("/v1/admins", { json: { name: "Ada", roles: ["auditor"] }, headers });
    const first = await send();
    const again = await send();
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect((await adminEventsOf(first.body.id)).map(({ type }) => type)).toEqual([
      "admin.created",
      "key.secret_replayed",
    ]);
    await revokeAdmin(manager, first.body.id);
    expectProblem(await send(), 409, "idempotency_spent");
  });
});

describe("a record of an admin that was changed in the database", () => {
  it("is shown as tampered, gives no right and is never signed again, but can be revoked", async () => {
    const { id, key } = await manager.createAdmin();
    await tamperWith("admins", id, "roles", '["owner"]');
    expect((await get(id)).body).toMatchObject({ id, tampered: true });
    expect(await whoIs(manager, key)).toBe("401 invalid_credential tampered");
    expectProblem(await patchAdmin(manager, id, { roles: ["auditor"] }), 409, "tampered");
    expectProblem(await rotateAdmin(manager, id), 409, "tampered");
    expect((await revokeAdmin(manager, id)).body).toMatchObject({ status: "revoked", tampered: true });
    expect(await whoIs(manager, key)).toBe("401 invalid_credential tampered");
  });
});

describe("the list of admins", () => {
  const page = async (query: string, by = manager) => (await by.request(`/v1/admins?${query}`)).body;
  const walk = async (limit: number, by = manager): Promise<AdminView[]> => {
    const items: AdminView[] = [];
    for (let cursor = ""; ; ) {
      const found = await page(`limit=${limit}${cursor}`, by);
      items.push(...found.items);
      if (found.nextCursor === null) return items;
      cursor = `&cursor=${found.nextCursor}`;
    }
  };

  it("holds everybody, the newest first, whatever the size of a page", async () => {
    const made = [];
    for (let index = 0; index < 4; index += 1) made.push((await manager.createAdmin()).id);
    const [revoked = "", disabled = "", rotating = "", id = ""] = made;
    await revokeAdmin(manager, revoked);
    await patchAdmin(manager, disabled, { enabled: false });
    const successor = (await rotateAdmin(manager, rotating)).body.id;
    const [all, paged, single] = [await walk(200), await walk(3), await walk(1)];
    const ids = all.map((admin) => admin.id);
    expect(ids.slice(0, 5)).toEqual([successor, id, rotating, disabled, revoked]);
    expect(all.slice(0, 5).map(({ status }) => status)).toEqual([
      "active",
      "active",
      "rotating",
      "disabled",
      "revoked",
    ]);
    expect(ids.at(-1)).toBe(ownerId);
    expect(ids).toEqual(ids.toSorted().reverse());
    expect(paged).toEqual(all);
    expect(single).toEqual(all);
    expect(JSON.stringify(all)).not.toContain('"key"');
  });

  it("refuses the cursor of another list, and gives none away that is good there", async () => {
    for (let index = 0; index < 2; index += 1) await manager.createKey();
    const lists = ["/v1/admins", "/v1/keys", "/v1/roles"];
    for (const from of lists) {
      const { nextCursor } = (await manager.request(`${from}?limit=1`)).body;
      expect(nextCursor).toEqual(expect.any(String));
      for (const to of lists) {
        const answer = await manager.request(`${to}?limit=1&cursor=${nextCursor}`);
        if (from === to) expect(answer.status).toBe(200);
        else expectProblem(answer, 400, "invalid_cursor", `${from} ${to}`);
      }
    }
  });

  it("takes no other filter than a limit and a cursor", async () => {
    expectInvalid(await manager.request("/v1/admins?role=owner"), { parameter: "role" });
    expectInvalid(await manager.request("/v1/admins?limit=201"), { parameter: "limit" });
    expectProblem(await manager.request("/v1/admins?cursor=abc"), 400, "invalid_cursor");
  });

  it("goes on after a rotation of HMAC_SECRET whose old secret is a fallback", async () => {
    const all = await walk(200);
    const first = await page("limit=2");
    const secretNow = (env as unknown as Bindings).HMAC_SECRET ?? "";
    await redeploy({ HMAC_SECRET: "wB8nQ2dZ5xL0vK7rT3yM9cJ6hF1gS4aPqE8uI2oWzXk=", HMAC_SECRET_FALLBACK: secretNow });
    const next = await page(`limit=200&cursor=${first.nextCursor}`, anotherIsolate(manager));
    expect([...first.items, ...next.items]).toEqual(all);
  });
});
