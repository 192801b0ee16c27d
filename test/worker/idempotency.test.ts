import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import {
  anotherIsolate,
  evictAll,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  startManager,
} from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const dayMs = 86_400_000;
const aKey = { name: "A key", owner: "acct_1" };

const create = (manager: Manager, idempotencyKey: string, json: unknown = aKey) =>
  manager.request("/v1/keys", { json, headers: { "Idempotency-Key": idempotencyKey } });

const act = (manager: Manager, id: string, path: string, idempotencyKey: string, json: unknown = {}, method = "POST") =>
  manager.request(`/v1/keys/${id}${path}`, { method, json, headers: { "Idempotency-Key": idempotencyKey } });

const countKeys = async (manager: Manager): Promise<number> =>
  (await manager.request("/v1/keys?limit=200")).body.items.length;

const recordsIn = (id: string) =>
  inObject(objectOf(id), (sql) => [...sql.exec("SELECT * FROM idempotency_records ORDER BY created_at")]);

describe("the same request with the same Idempotency-Key", () => {
  it("is answered alike, the secret included, and makes one key", async () => {
    const manager = await startManager();
    const first = await create(manager, "order-1");
    const again = await create(manager, "order-1");
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.text).toBe(first.text);
    expect(first.headers.get("Idempotent-Replayed")).toBeNull();
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(again.headers.get("Location")).toBe(first.headers.get("Location"));
    expect(again.headers.get("ETag")).toBe(first.headers.get("ETag"));
    expect(await manager.validate(again.body.key)).toMatchObject({ valid: true });
    expect(await countKeys(manager)).toBe(1);
  });

  it("may quote it or not", async () => {
    const manager = await startManager();
    const bare = await create(manager, "order-1");
    expect((await create(manager, '"order-1"')).body.id).toBe(bare.body.id);
  });

  it("makes one key of twenty parallel firsts", async () => {
    const manager = await startManager();
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(anotherIsolate(manager), "order-1")));
    expect(new Set(answers.map(({ body }) => body.key)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.has("Idempotent-Replayed"))).toHaveLength(19);
    expect(await countKeys(manager)).toBe(1);
  });

  it("is found again after the answer was lost with the object that gave it", async () => {
    const manager = await startManager();
    const first = await create(manager, "order-1");
    await evictAll();
    expect((await create(anotherIsolate(manager), "order-1")).body.key).toBe(first.body.key);
  });

  it("is found again after SHARDS was raised", async () => {
    const manager = await startManager();
    const first = await Promise.all(Array.from({ length: 12 }, (_, order) => create(manager, `order-${order}`)));
    const wider = anotherIsolate(manager, { SHARDS: "16" });
    await wider.createKey();
    for (const [order, { body }] of first.entries())
      expect((await create(wider, `order-${order}`)).body.key).toBe(body.key);
  });

  it.each<[string, string, unknown, string]>([
    ["rotate", "/rotate", { graceSeconds: 60 }, "POST"],
    ["update", "", { name: "Renamed" }, "PATCH"],
    ["revoke", "/revoke", { reason: "leaked" }, "POST"],
  ])("repeats the answer of a %s and does it once", async (_what, path, json, method) => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    const first = await act(manager, id, path, "act-1", json, method);
    const again = await act(manager, id, path, "act-1", json, method);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect((await manager.request(`/v1/keys/${id}`)).body.version).toBe(2);
  });

  it("repeats the empty answer of a deletion", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    await manager.revoke(id);
    const answers = [
      await act(manager, id, "", "gone", {}, "DELETE"),
      await act(manager, id, "", "gone", {}, "DELETE"),
    ];
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [204, ""],
      [204, ""],
    ]);
    expect((await act(manager, id, "", "gone-2", {}, "DELETE")).status).toBe(404);
  });

  it("makes a new key a day later", async () => {
    const manager = await startManager();
    const first = await create(manager, "order-1");
    testWorld.clockOffsetMs = dayMs - 60_000;
    expect((await create(manager, "order-1")).body.id).toBe(first.body.id);
    testWorld.clockOffsetMs = dayMs + 60_000;
    const fresh = await create(manager, "order-1");
    expect(fresh.body.id).not.toBe(first.body.id);
    expect(fresh.headers.has("Idempotent-Replayed")).toBe(false);
  });

  it("writes down that the secret was given out again, and by whom", async () => {
    const manager = await startManager();
    const { body } = await create(manager, "order-1");
    const { headers } = await create(manager, "order-1");
    const events = await inObject(objectOf(body.id), (sql) => [
      ...sql.exec("SELECT subject_id, request_id FROM events WHERE type = 'key.secret_replayed'"),
    ]);
    expect(events).toEqual([{ subject_id: body.id, request_id: headers.get("X-Request-Id") }]);
  });
});

describe("a repeated Idempotency-Key", () => {
  it("is refused for another request: another body, path or method", async () => {
    const manager = await startManager();
    const { body } = await create(manager, "order-1");
    const other = await create(manager, "order-1", { ...aKey, name: "Another" });
    expect([other.status, other.body.code]).toEqual([422, "idempotency_mismatch"]);
    await act(manager, body.id, "/rotate", "act-1", {});
    for (const path of ["/revoke", "/rotation/finish"]) {
      expect((await act(manager, body.id, path, "act-1", {})).body.code).toBe("idempotency_mismatch");
    }
    expect(await manager.validate(body.key)).toMatchObject({ valid: true });
  });

  it("means nothing after a refusal: refusals are not kept", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey({ enabled: false });
    expect((await act(manager, id, "/rotate", "act-1")).body.code).toBe("key_disabled");
    await manager.patch(id, { enabled: true });
    expect((await act(manager, id, "/rotate", "act-1")).status).toBe(201);
  });

  it.each(["", '""', "with space", "é", "x".repeat(256)])("is a bad request when it is %o", async (idempotencyKey) => {
    const manager = await startManager();
    const answer = await create(manager, idempotencyKey);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ header: "Idempotency-Key" }]);
  });

  it("gives no secret out once that key is revoked or deleted: the kept answer is erased", async () => {
    const manager = await startManager();
    const { body: created } = await create(manager, "order-1");
    const { body: rotated } = await act(manager, created.id, "/rotate", "act-1", { graceSeconds: 60 });
    await manager.revoke(rotated.id);
    expect((await recordsIn(created.id)).map(({ answer }) => answer)).toEqual([null, null]);
    for (const answer of [
      await create(manager, "order-1"),
      await act(manager, created.id, "/rotate", "act-1", { graceSeconds: 60 }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([409, "idempotency_spent"]);
      expect(answer.text).not.toContain(created.key.slice(-47, -15));
    }
  });

  it("keeps its answer sealed: no secret stands in the store", async () => {
    const manager = await startManager();
    const { body } = await create(manager, "order-1");
    const [record] = await recordsIn(body.id);
    const bytes = String.fromCharCode(...new Uint8Array(record?.answer as ArrayBuffer));
    expect(bytes.length).toBeGreaterThan(300);
    expect(JSON.stringify(record)).not.toContain("order-1");
    expect(bytes).not.toContain(body.key.slice(-47, -15));
  });

  it("is not told to a caller who lost the right to the key meanwhile", async () => {
    const manager = await startManager();
    const { body } = await create(manager, "order-1");
    const me = (await manager.request("/v1/me")).body;
    const stub = (env as unknown as { KEY_MANAGER: DurableObjectNamespace }).KEY_MANAGER.getByName(objectOf(body.id));
    const [record] = await recordsIn(body.id);
    const narrowed = {
      actor: { kind: "admin" as const, id: me.id, lineage: me.lineage, name: me.name },
      grants: [{ role: "narrow", permissions: ["keys:create" as const], constraint: { owners: ["acct_2"] } }],
      requestId: "narrowed",
      ip: null,
      idempotencyKey: "order-1",
      requestDigest: new Uint8Array(record?.request_digest as ArrayBuffer),
    };
    const command = { type: "create-key" as const, ...aKey, prefix: "lk_live", scopes: [], metadata: {} };
    const answer = await runInDurableObject(stub, (instance) =>
      (instance as unknown as { execute(command: object, caller: object): Promise<unknown> }).execute(
        { ...command, enabled: true, recoverable: true, expiry: null },
        narrowed,
      ),
    );
    expect(answer).toEqual({ ok: false, failure: { code: "exceeds_grantor" } });
  });

  it("stops the request when its record was changed in the database", async () => {
    const manager = await startManager();
    const { body } = await create(manager, "order-1");
    await inObject(objectOf(body.id), (sql) => sql.exec("UPDATE idempotency_records SET owner = 'acct_9'"));
    expect((await create(manager, "order-1")).status).toBe(500);
    expect(await countKeys(manager)).toBe(1);
  });
});
