import { beforeEach, describe, expect, it } from "vitest";
import {
  anotherIsolate,
  forgetEverything,
  inObject,
  type Manager,
  runAlarms,
  startManager,
} from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import { testWorld } from "../support/test-world.ts";

let manager: Manager;

beforeEach(async () => {
  await forgetEverything();
  manager = await startManager();
});

type Told = Readonly<Record<"type" | "actor_kind" | "actor_id" | "subject_id" | "reason" | "note" | "changes", string>>;

const told = (): Promise<Told[]> =>
  inObject("admin", (sql) => [
    ...sql.exec<Told>(
      "SELECT type, actor_kind, actor_id, subject_id, reason, note, changes FROM events WHERE type LIKE 'access.%' ORDER BY sequence",
    ),
  ]);

const eventCount = (): Promise<number> =>
  inObject("admin", (sql) => sql.exec<{ n: number }>("SELECT count(*) AS n FROM events").one().n);

const anAuditor = async () => {
  const admin = await manager.createAdmin({ roles: ["auditor"] });
  return { admin, auditor: manager.as(admin.key) };
};

const many = async (count: number, ask: () => Promise<unknown>): Promise<void> => {
  for (let left = count; left > 0; left -= 50) await Promise.all(Array.from({ length: Math.min(50, left) }, ask));
};

describe("a refused attempt of somebody who is known", () => {
  it("is an event that names who, the route and the code", async () => {
    const { admin, auditor } = await anAuditor();
    expectProblem(await auditor.request("/v1/keys", { json: { name: "a", owner: "b" } }), 403, "forbidden");
    expect(await told()).toEqual([
      expect.objectContaining({
        ...{ type: "access.refused", actor_kind: "admin", actor_id: admin.id, subject_id: admin.id },
        ...{ reason: "forbidden", note: "POST /v1/keys" },
      }),
    ]);
  });

  it("is one where an object refused it", async () => {
    await manager.saveRole("narrow", { permissions: ["keys:create"], constraint: { scopes: ["orders:*"] } });
    const narrow = manager.as((await manager.createAdmin({ roles: ["narrow"] })).key);
    const json = { name: "a", owner: "b", scopes: ["users:read"] };
    expectProblem(await narrow.request("/v1/keys", { json }), 403, "exceeds_grantor");
    expect((await told()).map(({ reason }) => reason)).toEqual(["exceeds_grantor"]);
  });

  it("is one where a session came from a foreign page", async () => {
    const { headers } = await manager.request("/v1/session", { method: "POST" });
    const Cookie = headers.get("Set-Cookie")?.split(";")[0] ?? "";
    expectProblem(
      await manager.request("/v1/me/rotate", { method: "POST", key: null, headers: { Cookie } }),
      403,
      "csrf",
    );
    expect((await told()).map(({ reason, note }) => [reason, note])).toEqual([["csrf", "POST /v1/me/rotate"]]);
  });

  it("is one with a dead admin key, whose secret matched", async () => {
    const { admin, auditor } = await anAuditor();
    await manager.request(`/v1/admins/${admin.id}/revoke`, { json: {} });
    expectProblem(await auditor.request("/v1/me"), 401, "invalid_credential");
    expect(await told()).toEqual([
      expect.objectContaining({ type: "access.refused", actor_id: admin.id, reason: "revoked" }),
    ]);
  });

  it("is one with a wrong set-up token", async () => {
    expectProblem(await manager.request("/v1/setup", { key: "wrong", json: {} }), 401, "invalid_credential");
    expect(await told()).toEqual([
      expect.objectContaining({ actor_kind: "anonymous", reason: "invalid_credential", note: "POST /v1/setup" }),
    ]);
  });
});

describe("a wrong set-up token before the set-up", () => {
  it("writes nothing: a stranger does not decide under which secrets a store begins", async () => {
    await forgetEverything();
    expectProblem(await manager.request("/v1/setup", { key: "wrong", json: {} }), 401, "invalid_credential");
    const rows = await inObject("admin", (sql) =>
      sql.exec<{ n: number }>("SELECT count(*) AS n FROM adopted_secrets").one(),
    );
    expect(rows.n).toBe(0);
  });
});

describe("many refused attempts", () => {
  it("of one admin in a minute are ten events, and the rest one number when it is over", async () => {
    const { admin, auditor } = await anAuditor();
    const isolate = anotherIsolate(auditor);
    await many(500, () => auditor.request("/v1/keys", { json: {} }));
    await many(500, () => isolate.request("/v1/keys", { json: {} }));
    expect(await told()).toHaveLength(10);

    testWorld.clockOffsetMs = 60_001;
    await runAlarms();
    const events = await told();
    expect(events).toHaveLength(11);
    expect(events.at(-1)).toMatchObject({ type: "access.refusals_suppressed", actor_id: admin.id });
    expect(JSON.parse(events.at(-1)?.changes ?? "")).toEqual({ suppressed: { from: 0, to: 990 } });
    await runAlarms();
    expect(await told()).toHaveLength(11);
  }, 60_000);

  it("are counted for each admin alone, and anew in the next minute", async () => {
    const { auditor } = await anAuditor();
    const { auditor: other } = await anAuditor();
    await many(12, () => auditor.request("/v1/keys", { json: {} }));
    await other.request("/v1/keys", { json: {} });
    expect(await told()).toHaveLength(11);
    testWorld.clockOffsetMs = 60_001;
    await auditor.request("/v1/keys", { json: {} });
    const events = await told();
    expect(events.slice(11).map(({ type }) => type)).toEqual(["access.refusals_suppressed", "access.refused"]);
  });

  it("with forged credentials write nothing", async () => {
    const before = await eventCount();
    const forged = `${manager.adminKey.slice(0, -20)}${"0".repeat(20)}`;
    await many(5000, () => manager.request("/v1/keys", { key: forged }));
    await manager.request("/v1/keys", { key: null });
    expect(await eventCount()).toBe(before);
  }, 60_000);

  it("with wrong set-up tokens cost no more than ten calls of an object a minute", async () => {
    await many(100, () => manager.request("/v1/setup", { key: "wrong", json: {} }));
    expect(await told()).toHaveLength(10);
    expect(manager.calls.filter(({ type }) => type === "record-refusal")).toHaveLength(10);
  });

  it("with a customer's key write nothing either", async () => {
    const customers = await manager.createKey();
    const before = await eventCount();
    await many(100, () => manager.request("/v1/keys", { key: customers.key }));
    expect(await eventCount()).toBe(before);
  });
});
