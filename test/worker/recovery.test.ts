import { afterEach, describe, expect, it } from "vitest";
import { everythingStoredIn } from "../support/everything-stored.ts";
import {
  anotherIsolate,
  eventsAbout,
  evictAll,
  forgetEverything,
  inObject,
  Manager,
  startManager,
} from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";
import { openSession } from "../support/session.ts";

afterEach(forgetEverything);

const token = "the-recovery-token-of-the-tests-0001";
const another = "the-recovery-token-of-the-tests-0002";

/** The deployment with this token set, as an isolate started since meets it. */
const deployedWith = (RECOVERY_TOKEN: string): Manager => new Manager({ RECOVERY_TOKEN });

const recover = (given: string, json: unknown = {}, deployed = given, headers: Record<string, string> = {}) =>
  deployedWith(deployed).request("/v1/recovery", { key: given, json, headers });

const count = (table: string): Promise<number> =>
  inObject("admin", (sql) => Number(sql.exec(`SELECT count(*) AS count FROM ${table}`).one().count));

describe("the recovery", () => {
  it("makes another owner, whose key works, and tells of it in an event", async () => {
    const manager = await startManager();
    const answer = await recover(token, { name: "Found again" });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    const { id, lineage, key } = answer.body;
    expect(answer.body).toMatchObject({ name: "Found again", roles: ["owner"], status: "active", expiresAt: null });
    expect((await manager.as(key).request("/v1/me")).body).toMatchObject({ id, lineage, permissions: { length: 15 } });
    expect(await eventsAbout(id)).toMatchObject([{ type: "admin.recovered", actor_kind: "setup" }]);
    expect((await manager.as(key).createAdmin({ roles: ["owner"] })).roles).toEqual(["owner"]);
    expect((await manager.request("/v1/me")).status).toBe(200);
  });

  it("gives the owner a name of its own where none is given", async () => {
    await startManager();
    const answer = await deployedWith(token).request("/v1/recovery", { key: token, method: "POST" });
    expect([answer.status, answer.body.name]).toEqual([201, expect.stringMatching(/\S/)]);
  });

  it("helps where the only owner's record was tampered with", async () => {
    const manager = await startManager();
    const lost = (await manager.request("/v1/me")).body;
    await inObject("admin", (sql) => sql.exec("UPDATE admins SET name = 'x'"));
    expect((await manager.request("/v1/me")).status).toBe(401);
    const found = manager.as((await recover(token)).body.key);
    expect((await found.request(`/v1/admins/${lost.id}/revoke`, { json: {} })).status).toBe(200);
    const me = (await found.request("/v1/me")).body;
    expectProblem(await found.request(`/v1/admins/${me.id}/revoke`, { json: {} }), 409, "last_owner");
  });

  it("leaves the token nowhere: not in the store, not in an answer", async () => {
    await startManager();
    const answers = [await recover(token), await recover(token), await recover("wrong", {}, token)];
    const stored = await everythingStoredIn("admin");
    expect(stored).toContain("admin.recovered");
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(answers[0]?.body.key.slice(-47));
    for (const { text } of answers) expect(text).not.toContain(token);
  });
});

describe("a recovery token", () => {
  it("works once, also in other isolates and after a restart", async () => {
    await startManager();
    expect((await recover(token)).status).toBe(201);
    expectProblem(await recover(token), 409, "recovery_spent");
    await evictAll();
    expectProblem(await recover(token, { name: "Another" }), 409, "recovery_spent");
    expectProblem(await recover(token, {}, `  ${token}\n`), 409, "recovery_spent");
    expect(await count("admins")).toBe(2);
  });

  it("makes one owner of ten parallel tries", async () => {
    await startManager();
    const answers = await Promise.all(Array.from({ length: 10 }, () => recover(token)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
    expect(await count("admins")).toBe(2);
  });

  it("is not looked up under an Idempotency-Key: its answer is not kept", async () => {
    await startManager();
    const headers = { "Idempotency-Key": "once" };
    expect((await recover(token, {}, token, headers)).status).toBe(201);
    expectProblem(await recover(token, {}, token, headers), 409, "recovery_spent");
    expect(await count("idempotency_records")).toBe(0);
  });

  it("that is new works after another was used", async () => {
    await startManager();
    const [first, second] = [await recover(token), await recover(another)];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.lineage).not.toBe(first.body.lineage);
    expectProblem(await recover(another), 409, "recovery_spent");
  });

  it("stays spent after another was used", async () => {
    await startManager();
    for (const one of [token, another]) expect((await recover(one)).status).toBe(201);
    expectProblem(await recover(token), 409, "recovery_spent");
    expect(await count("admins")).toBe(3);
  });

  it("is not spent by a request that is refused", async () => {
    await startManager();
    expectInvalid(await recover(token, { name: "" }), { pointer: "#/name" });
    expectInvalid(await recover(token, { roles: ["owner"] }), { pointer: "#/roles" });
    expect((await recover(token)).status).toBe(201);
  });

  it("must be the right one, as a bearer token", async () => {
    const manager = await startManager();
    const customer = await manager.createKey();
    const before = [await count("admins"), await count("settings")];
    const wrong = [another, token.slice(1), `${token}x`, token.toUpperCase(), manager.adminKey, customer.key];
    for (const given of [...wrong, "the-setup-token-of-the-tests"]) {
      const answer = await recover(given, {}, token);
      expectProblem(answer, 401, "invalid_credential");
      expect(answer.headers.get("WWW-Authenticate")).toContain("Bearer");
    }
    const deployed = deployedWith(token);
    const none = [{}, { "X-API-Key": token }, { Cookie: (await openSession(manager)).cookie }];
    for (const headers of none) {
      const answer = await deployed.request("/v1/recovery", { key: null, json: {}, headers: { ...headers } });
      expectProblem(answer, 401, "missing_credential");
    }
    const two = await recover(token, {}, token, { "X-API-Key": another });
    expectProblem(two, 400, "multiple_credentials");
    expect([await count("admins"), await count("settings")]).toEqual(before);
  });

  it("is no key: it opens nothing else, and no session", async () => {
    await startManager();
    const deployed = deployedWith(token);
    for (const path of ["/v1/me", "/v1/admins"]) {
      expectProblem(await deployed.request(path, { key: token }), 401, "invalid_credential");
    }
    expectProblem(await deployed.request("/v1/setup", { key: token, json: {} }), 401, "invalid_credential");
    expectProblem(await deployed.request("/v1/session", { key: token, method: "POST" }), 401, "invalid_credential");
  });
});

describe("without a recovery token", () => {
  it.each([
    ["none", ""],
    ["blanks", " ".repeat(40)],
    ["one of 31 characters", "x".repeat(31)],
    ["one of 31 characters among blanks", ` ${"x".repeat(31)} `],
  ])("(%s) nobody is let in, and it says which setting is missing", async (_what, deployed) => {
    await startManager();
    for (const given of [deployed.trim() || "anything", null]) {
      const answer = await deployedWith(deployed).request("/v1/recovery", { key: given, json: {} });
      expectProblem(answer, 503, "not_configured");
      expect(answer.body.detail).toContain("RECOVERY_TOKEN");
    }
    expect(await count("admins")).toBe(1);
  });

  it("all else works", async () => {
    const manager = await startManager();
    expect((await anotherIsolate(manager, { RECOVERY_TOKEN: "short" }).request("/v1/me")).status).toBe(200);
    expect((await recover("x".repeat(32))).status).toBe(201);
  });
});

describe("before the set-up", () => {
  it("there is nothing to recover, and the token is not spent", async () => {
    expectProblem(await recover(token), 409, "not_set_up");
    const manager = await startManager();
    expect((await recover(token)).status).toBe(201);
    expect((await manager.request("/v1/setup")).body).toEqual({ done: true });
  });
});

describe("the record of the last recovery", () => {
  it("stops the next one when it was changed in the database", async () => {
    await startManager();
    await recover(token);
    await inObject("admin", (sql) => sql.exec(`UPDATE settings SET value = '{"at":1}' WHERE name = 'recovery'`));
    for (const one of [token, another]) expect((await recover(one)).status).toBeGreaterThanOrEqual(500);
    expect(await count("admins")).toBe(2);
  });
});
