import { afterEach, describe, expect, it } from "vitest";
import { deploy, fillStore, objects, signedTables, startInOneShard, swap } from "../support/full-store.ts";
import { forgetEverything, inObject, type Manager, runAlarms } from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";
import { both, newestSecrets, newSecrets, oldSecrets, reencrypt } from "../support/rotated-secrets.ts";
import { advance, openSession } from "../support/session.ts";
import { alter, keyRows } from "../support/tamper.ts";

afterEach(forgetEverything);

const post = (manager: Manager, json: unknown, headers = {}) =>
  manager.request("/v1/system/reencrypt", { json, headers });

describe("POST /v1/system/reencrypt", () => {
  it("is for whoever may manage the system; to look at it is for more", async () => {
    const manager = await startInOneShard();
    await manager.saveRole("operators", { permissions: ["system:manage", "system:read"] });
    await manager.saveRole("reader", { permissions: ["system:read", "keys:read", "admins:manage"] });
    const holding = async (role: string) => manager.as((await manager.createAdmin({ roles: [role] })).key);
    for (const role of ["reader", "auditor", "validator"]) {
      const who = await holding(role);
      for (const json of [{}, { action: "pause" }]) expectProblem(await post(who, json), 403, "forbidden", role);
    }
    expectProblem(await post(manager.as("no key"), {}), 401, "invalid_credential");
    const operator = await holding("operators");
    expect((await post(operator, {})).status).toBe(202);
    expect((await post(operator, { action: "pause" })).status).toBe(202);
    expect((await (await holding("reader")).request("/v1/system/reencrypt")).status).toBe(200);
    expectProblem(await (await holding("validator")).request("/v1/system/reencrypt"), 403, "forbidden");
    const [event] = (await manager.request("/v1/events?type=system.reencrypt_started")).body.items;
    expect(event).toMatchObject({ actor: { kind: "admin" } });
  });

  it("names what is wrong with its body", async () => {
    const manager = await startInOneShard();
    expectInvalid(await post(manager, { action: "stop" }), { pointer: "#/action" });
    expectInvalid(await post(manager, { action: 1 }), { pointer: "#/action" });
    expectInvalid(await post(manager, { action: null }), { pointer: "#/action" });
    expectInvalid(await post(manager, { action: "start", target: {} }), { pointer: "#/target" });
    expectInvalid(await post(manager, { target: null }), { pointer: "#/target" });
    for (const json of [[], "start", null, 7]) expectInvalid(await post(manager, json), { pointer: "#" });
    expect((await manager.request("/v1/system/reencrypt")).body).toMatchObject({ state: "idle" });
  });

  it("does not look at an Idempotency-Key", async () => {
    const manager = await swap(await startInOneShard());
    const headers = { "Idempotency-Key": "once" };
    const first = await post(manager, {}, headers);
    const second = await post(manager, { action: "pause" }, headers);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.headers.get("Idempotent-Replayed")).toBeNull();
    expect(second.body.state).not.toBe("running");
    const kept = await inObject("admin", (sql) => [...sql.exec("SELECT 1 FROM idempotency_records")].length);
    expect(kept).toBe(0);
  });
});

type Told = Readonly<Record<"fingerprint", string> & Record<"records", number>>;

/** Every record, by the secrets it names. */
const counted = async (): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  for (const object of objects) {
    const rows = await inObject(object, (sql) =>
      signedTables.flatMap((table) => {
        const columns = [...sql.exec<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`)];
        return columns
          .filter(({ name }) => name.endsWith("_fingerprint"))
          .flatMap(({ name }) => [
            ...sql.exec<Told>(`SELECT ${name} AS fingerprint, count(*) AS records FROM ${table} GROUP BY 1`),
          ]);
      }),
    );
    for (const { fingerprint, records } of rows) counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + records);
  }
  return counts;
};

const expectExact = async (manager: Manager, moment: string): Promise<void> => {
  const { fingerprints } = (await manager.request<{ fingerprints: Told[] }>("/v1/system")).body;
  const counts = await counted();
  const told = fingerprints.map(({ fingerprint, records }) => [fingerprint, records]);
  expect([moment, told]).toEqual([
    moment,
    told.map(([fingerprint = ""]) => [fingerprint, counts.get(String(fingerprint)) ?? 0]),
  ]);
};

describe("how many records a secret protects", () => {
  it("is told exactly, whatever comes and goes", async () => {
    const { manager: before, keys } = await fillStore();
    await expectExact(before, "filled");
    const manager = await swap(before);
    await manager.createKey();
    await expectExact(manager, "swapped");
    const [first, second] = keys;
    await manager.revoke(first?.id ?? "");
    await manager.delete(first?.id ?? "");
    await manager.patch(second?.id ?? "", { name: "Another" });
    await manager.rotate(second?.id ?? "", { graceSeconds: 0 });
    await expectExact(manager, "a key deleted, one changed, one rotated");
    await manager.saveRole("team", { permissions: ["keys:read", "keys:validate"] });
    await manager.saveRole("more", { permissions: ["keys:read"] });
    await manager.request("/v1/roles/narrow", { method: "DELETE" });
    await expectExact(manager, "roles saved and deleted");
    const visit = await openSession(manager);
    await visit.request("/v1/session", { method: "DELETE" });
    await manager.request("/v1/sessions", { method: "DELETE" });
    await expectExact(manager, "sessions ended");
    const once = { json: { name: "Once", owner: "acct_1" }, headers: { "Idempotency-Key": "late" } };
    const late = await manager.request("/v1/keys", once);
    await manager.revoke(late.body.id);
    await expectExact(manager, "a kept answer erased");
    await reencrypt(manager);
    await expectExact(manager, "re-encrypted");
    advance(2 * 86_400);
    await runAlarms();
    expect(await inObject("shard-00", (sql) => [...sql.exec("SELECT 1 FROM idempotency_records")].length)).toBe(0);
    await expectExact(manager, "kept answers cleared");
    await deploy(manager, both(newSecrets, newestSecrets, oldSecrets));
    const newest = await deploy(manager, both(newestSecrets, newSecrets, oldSecrets));
    await newest.createKey();
    await expectExact(newest, "swapped again");
  });

  it("is never below nothing, though what is deleted says that it was under another", async () => {
    const manager = await startInOneShard();
    for (const column of ["mac_fingerprint", "encryption_fingerprint"]) {
      const { id } = await manager.createKey();
      await alter(keyRows, id, column);
      expect((await manager.delete(id)).status).toBe(204);
    }
    const { fingerprints } = (await manager.request<{ fingerprints: Told[] }>("/v1/system")).body;
    for (const { records } of fingerprints) expect(records).toBeGreaterThan(0);
    const { counters } = await inObject("shard-00", (sql) =>
      sql.exec<{ counters: string }>("SELECT counters FROM object_state").one(),
    );
    for (const count of Object.values(JSON.parse(counters))) expect(count).toBeGreaterThan(0);
  });
});
