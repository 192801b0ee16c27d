import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import worker from "../../src/index.ts";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import {
  anotherIsolate,
  type CreatedAdmin,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  startManager,
} from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import { cookieName, isAlive, openSession, ownPage, sessionIds, tokenIn, visitWith } from "../support/session.ts";

let manager: Manager;
let auditor: CreatedAdmin;

beforeAll(async () => {
  manager = await startManager();
  auditor = await manager.createAdmin({ name: "An auditor" });
});
afterAll(forgetEverything);

const openAt = async (origin: string): Promise<{ readonly pair: string; readonly attributes: string[] }> => {
  const headers = { Authorization: `Bearer ${manager.adminKey}` };
  const request = new Request(`${origin}/v1/session`, { method: "POST", headers });
  const response = await worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    env as unknown as Bindings,
  );
  expect([origin, response.status]).toEqual([origin, 201]);
  const [pair = "", ...attributes] = response.headers.get("Set-Cookie")?.split("; ") ?? [];
  return { pair, attributes: attributes.filter((attribute) => !attribute.startsWith("Max-Age=")).toSorted() };
};

describe("opening a session", () => {
  it("answers who is there and what they may do, and keeps the token out of the body", async () => {
    const answer = await manager.as(auditor.key).request("/v1/session", { method: "POST" });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    expect(answer.body).toMatchObject({ id: expect.any(String), admin: { id: auditor.id, roles: ["auditor"] } });
    expect(answer.text).not.toContain(tokenIn(answer).slice(-47));
    expect(answer.text).not.toContain(auditor.key.slice(-47));
  });

  it.each([
    "https://latchkey.test",
    "https://localhost",
    "http://latchkey.test",
    "http://localhost.latchkey.test",
    "http://127.0.0.1.latchkey.test:8787",
  ])("at %s sets a cookie that only this very host gets, over TLS and from its own pages", async (origin) => {
    const { pair, attributes } = await openAt(origin);
    expect(pair).toMatch(/^__Host-latchkey=lk_session_[0-9A-Za-z]{20}_[0-9A-Za-z]{47}$/);
    expect(attributes).toEqual(["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]);
  });

  it.each(["http://localhost:8787", "http://127.0.0.1:8787", "http://[::1]:8787", "http://localhost"])(
    "at %s, where there is no TLS, does without",
    async (origin) => {
      const { pair, attributes } = await openAt(origin);
      expect(pair).toMatch(/^latchkey=lk_session_/);
      expect(attributes).toEqual(["HttpOnly", "Path=/", "SameSite=Strict"]);
    },
  );

  it("takes a key in either header, and nothing else", async () => {
    const open = (headers: Record<string, string>) =>
      manager.request("/v1/session", { method: "POST", key: null, headers });
    expect((await open({ "X-API-Key": manager.adminKey })).status).toBe(201);
    expectProblem(await open({}), 401, "missing_credential");
    const customer = await manager.createKey();
    expectProblem(await open({ "X-API-Key": customer.key }), 401, "invalid_credential");
  });

  it("is not possible with a session, only with the key", async () => {
    const visit = await openSession(manager);
    const before = await sessionIds();
    expectProblem(await visit.request("/v1/session", { method: "POST" }), 401, "missing_credential");
    expect(await sessionIds()).toEqual(before);
  });

  it("is a new session each time, Idempotency-Key or not", async () => {
    const headers = { "Idempotency-Key": "one-session" };
    const open = () => manager.request("/v1/session", { method: "POST", headers });
    const [first, second] = [await open(), await open()];
    expect(second.body.id).not.toBe(first.body.id);
    expect(tokenIn(second)).not.toBe(tokenIn(first));
    expect(second.headers.has("Idempotent-Replayed")).toBe(false);
  });
});

describe("a session", () => {
  it("is shown to whoever is in it, in every isolate", async () => {
    const { token, id } = await openSession(manager.as(auditor.key));
    const visit = visitWith(anotherIsolate(manager), token);
    expect((await visit.request("/v1/session")).body).toMatchObject({ id, admin: { id: auditor.id } });
    expect((await visit.request("/v1/session", { method: "HEAD" })).status).toBe(200);
    const [withKey, me] = [await manager.as(auditor.key).request("/v1/me"), await visit.request("/v1/me")];
    expect(me.body).toEqual(withKey.body);
  });

  it("is not there for whoever comes with a key", async () => {
    expect((await manager.request("/v1/session")).status).toBe(404);
    expect((await manager.request("/v1/session", { method: "DELETE" })).status).toBe(404);
    expectProblem(await manager.request("/v1/session", { key: null }), 401, "missing_credential");
  });

  it("ends alone when it is ended, and takes the cookie with it", async () => {
    const [visit, other] = [await openSession(manager), await openSession(manager)];
    const answer = await visit.request("/v1/session", { method: "DELETE" });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    const [pair, ...attributes] = answer.headers.get("Set-Cookie")?.split("; ") ?? [];
    expect(pair).toBe(`${cookieName}=`);
    expect(attributes.toSorted()).toEqual(["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Strict", "Secure"]);
    expect([await isAlive(visit), await isAlive(other)]).toEqual([false, true]);
    expectProblem(await visit.request("/v1/session", { method: "DELETE" }), 401, "invalid_credential");
  });

  it("ends with all of the same admin, opened before or after a rotation, and with nobody else's", async () => {
    const admin = await manager.createAdmin();
    const [mine, another] = [await openSession(manager.as(admin.key)), await openSession(manager.as(auditor.key))];
    const { body: rotated } = await mine.request("/v1/me/rotate", { json: {} });
    const fresh = await openSession(manager.as(rotated.key));
    expect((await fresh.request("/v1/sessions", { method: "DELETE" })).status).toBe(204);
    expect(await Promise.all([mine, fresh, another].map(isAlive))).toEqual([false, false, true]);
    expect((await manager.as(rotated.key).request("/v1/me")).status).toBe(200);
  });

  it("ends, with all of mine, at the word of a key", async () => {
    const admin = await manager.createAdmin();
    const visits = [await openSession(manager.as(admin.key)), await openSession(manager.as(admin.key))];
    const others = (await sessionIds()).filter((id) => !visits.some((visit) => visit.id === id));
    expect((await manager.as(admin.key).request("/v1/sessions", { method: "DELETE" })).status).toBe(204);
    expect(await Promise.all(visits.map(isAlive))).toEqual([false, false]);
    expect(await sessionIds()).toEqual(others);
  });

  it("does everything its admin's key does", async () => {
    const admin = await manager.createAdmin({ roles: ["owner"] });
    const { request } = await openSession(manager.as(admin.key));
    const { body: key } = await request("/v1/keys", { json: { name: "A key", owner: "acct_1" } });
    const { body: other } = await request("/v1/admins", { json: { name: "Another", roles: ["validator"] } });
    const acts: readonly [string, string, unknown, number][] = [
      ["GET", `/v1/keys/${key.id}`, undefined, 200],
      ["GET", "/v1/keys", undefined, 200],
      ["PATCH", `/v1/keys/${key.id}`, { name: "Renamed" }, 200],
      ["POST", `/v1/keys/${key.id}/reveal`, { reason: "asked for" }, 200],
      ["POST", "/v1/validate", { key: key.key }, 200],
      ["POST", `/v1/keys/${key.id}/rotate`, {}, 201],
      ["POST", `/v1/keys/${key.id}/revoke`, {}, 200],
      ["DELETE", `/v1/keys/${key.id}`, undefined, 204],
      ["PUT", "/v1/roles/of-a-session", { permissions: ["keys:read"] }, 201],
      ["DELETE", "/v1/roles/of-a-session", undefined, 204],
      ["PATCH", `/v1/admins/${other.id}`, { roles: ["issuer"] }, 200],
      ["POST", `/v1/admins/${other.id}/revoke`, {}, 200],
    ];
    for (const [method, path, json, status] of acts) {
      const answer = await request(path, { method, ...(json === undefined ? {} : { json }) });
      expect([method, path, answer.status]).toEqual([method, path, status]);
    }
    const { status, body } = await request("/v1/me/rotate", { json: {} });
    expect([status, body.replaced.id]).toEqual([201, admin.id]);
    expect((await manager.as(body.key).request("/v1/me")).body).toMatchObject({ lineage: admin.id, roles: ["owner"] });
  });

  it("ends itself by rotating its own key without grace", async () => {
    const visit = await openSession(manager.as((await manager.createAdmin()).key));
    const { status, body } = await visit.request("/v1/me/rotate", { json: { graceSeconds: 0 } });
    expect([status, await isAlive(visit)]).toEqual([201, false]);
    expect((await manager.as(body.key).request("/v1/me")).body.id).toBe(body.id);
  });

  it("may do no more than its admin", async () => {
    const visit = await openSession(manager.as(auditor.key));
    const refused = await visit.request("/v1/keys", { json: { name: "A key", owner: "acct_1" } });
    expectProblem(refused, 403, "forbidden");
    expect(refused.body.permission).toBe("keys:create");
  });

  it("acts in the name of its admin", async () => {
    const issuer = await manager.createAdmin({ roles: ["issuer"] });
    const visit = await openSession(manager.as(issuer.key));
    const { id } = (await visit.request("/v1/keys", { json: { name: "A key", owner: "acct_1" } })).body;
    const told = await inObject(objectOf(id), (sql) => [
      ...sql.exec("SELECT type, actor_kind, actor_id FROM events WHERE subject_id = ?", id),
    ]);
    expect(told).toEqual([{ type: "key.created", actor_kind: "admin", actor_id: issuer.id }]);
  });

  it("meets the answers kept for the key of the same admin, and the other way round", async () => {
    const visit = await openSession(manager);
    const create = (who: Pick<Manager, "request">, name: string) =>
      who.request("/v1/keys", { json: { name: "A key", owner: "acct_1" }, headers: { "Idempotency-Key": name } });
    for (const [first, second] of [
      [manager, visit],
      [visit, manager],
    ] as const) {
      const name = first === manager ? "key-first" : "session-first";
      const made = await create(first, name);
      const again = await create(second, name);
      expect([made.status, again.text]).toEqual([201, made.text]);
      expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    }
  });
});

describe("a key in a header beside the cookie of a session", () => {
  it("is the one that counts", async () => {
    const visit = await openSession(manager);
    for (const header of ["Authorization", "X-API-Key"] as const) {
      const value = header === "Authorization" ? `Bearer ${auditor.key}` : auditor.key;
      const me = await visit.request("/v1/me", { headers: { [header]: value } });
      expect(me.body.id).toBe(auditor.id);
      expect((await visit.request("/v1/session", { headers: { [header]: value } })).status).toBe(404);
    }
  });

  it("is refused where it is bad, however good the session", async () => {
    const visit = await openSession(manager);
    const bad = [`Bearer ${auditor.key.slice(0, -1)}!`, "Bearer nonsense", "Basic b3duZXI6", `Bearer ${visit.token}`];
    for (const Authorization of bad) {
      expectProblem(await visit.request("/v1/me", { headers: { Authorization } }), 401, "invalid_credential");
    }
    const two = { Authorization: `Bearer ${auditor.key}`, "X-API-Key": manager.adminKey };
    expectProblem(await visit.request("/v1/me", { headers: two }), 400, "multiple_credentials");
  });

  it("needs no page of ours, because no browser sends it by itself", async () => {
    const { cookie } = await openSession(manager.as(auditor.key));
    const headers = { ...ownPage, Origin: "https://elsewhere.test", Cookie: cookie };
    const answer = await manager.request("/v1/keys", { json: { name: "A key", owner: "acct_1" }, headers });
    expect(answer.status).toBe(201);
  });
});
