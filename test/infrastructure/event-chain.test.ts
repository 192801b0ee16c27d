import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { open } from "../../src/infrastructure/crypto/envelope.ts";
import { keyringOfTexts } from "../../src/infrastructure/secrets/keyring-of-texts.ts";
import { eventColumns, eventHash } from "../../src/infrastructure/sqlite/event-row.ts";
import { headMac } from "../../src/infrastructure/sqlite/object-state.ts";
import { fromBlob } from "../../src/infrastructure/sqlite/signed-table.ts";
import { evict, forgetEverything, inObject, type Manager, objectOf, startManager } from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const keyring = () => {
  const secrets = keyringOfTexts(env as unknown as Parameters<typeof keyringOfTexts>[0]);
  if (!secrets.ok) throw new Error("the tests have no secrets");
  return secrets.keyring;
};

const chainKeyOf = (object: string, sealed: SqlStorageValue | undefined): Uint8Array => {
  const place = { purpose: "chain-key", object, table: "object_state", rowId: "1", column: "chain_key" } as const;
  const chainKey = open(keyring().encryption, place, fromBlob(sealed));
  if (!chainKey) throw new Error("the chain key does not open");
  return chainKey;
};

/** The sequence of the first event that does not follow from the one before; undefined when all do. */
const firstBreak = (object: string): Promise<number | undefined> =>
  inObject(object, (sql) => {
    const state = sql.exec("SELECT * FROM object_state").one();
    const chainKey = chainKeyOf(object, state.chain_key);
    const rows = [...sql.exec("SELECT * FROM events ORDER BY sequence")];
    let previous = new Uint8Array(32);
    for (const [index, row] of rows.entries()) {
      const columns = eventColumns.map((column): [string, SqlStorageValue] => [column, row[column] ?? null]);
      const hash = eventHash(chainKey, object, columns);
      const follows = fromBlob(row.previous_hash).join() === previous.join() && row.sequence === index + 1;
      if (!follows || fromBlob(row.hash).join() !== hash.join()) return Number(row.sequence);
      previous = new Uint8Array(hash);
    }
    const isHead = state.sequence === rows.length && fromBlob(state.head_hash).join() === previous.join();
    const mac = headMac(chainKey, object, rows.length, previous);
    return isHead && fromBlob(state.head_mac).join() === mac.join() ? undefined : rows.length + 1;
  });

/** Keys until one shard has this many events. */
const busyShard = async (manager: Manager, events: number): Promise<string> => {
  const counts = new Map<string, number>();
  for (;;) {
    const object = objectOf((await manager.createKey()).id);
    const count = (counts.get(object) ?? 0) + 1;
    counts.set(object, count);
    if (count === events) return object;
  }
};

describe("the events of an object", () => {
  it("follow from each other, from the first to the head", async () => {
    const manager = await startManager();
    const object = await busyShard(manager, 5);
    expect(await firstBreak(object)).toBeUndefined();
    expect(await firstBreak("admin")).toBeUndefined();
  });

  it("tell who did what to which key, in one event per act", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey({ name: "Told of", owner: "acct_7" });
    const { headers } = await manager.revoke(id, { reason: "leaked", note: "seen" });
    const events = await inObject(objectOf(id), (sql) => [...sql.exec("SELECT * FROM events ORDER BY sequence")]);
    const me = (await manager.request("/v1/me")).body;
    expect(events).toMatchObject([
      {
        type: "key.created",
        subject_id: id,
        subject_owner: "acct_7",
        actor_kind: "admin",
        actor_id: me.id,
        reason: null,
      },
      { type: "key.revoked", subject_id: id, reason: "leaked", note: "seen", request_id: headers.get("X-Request-Id") },
    ]);
  });

  it.each([
    ["changed", "UPDATE events SET reason = 'unused' WHERE sequence = 3", 3],
    ["deleted", "DELETE FROM events WHERE sequence = 3", 4],
    ["cut off", "DELETE FROM events WHERE sequence > 3", 4],
  ])("show where one was %s", async (_how, statement, expected) => {
    const manager = await startManager();
    const object = await busyShard(manager, 5);
    await inObject(object, (sql) => sql.exec(statement));
    expect(await firstBreak(object)).toBe(expected);
  });

  it("cannot be cut off unseen by winding the head back: the object refuses to work on", async () => {
    const manager = await startManager();
    const object = await busyShard(manager, 3);
    await inObject(object, (sql) => sql.exec("UPDATE object_state SET sequence = 1"));
    await evict(object);
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => manager.request("/v1/keys", { json: { name: "A", owner: "b" } })),
    );
    expect(answers.filter(({ status }) => status === 500).length).toBeGreaterThan(0);
    expect(await inObject(object, (sql) => sql.exec("SELECT count(*) AS count FROM events").one())).toEqual({
      count: 3,
    });
  });
});

describe("the time an object has seen", () => {
  it("is written by its alarm, at most ten seconds later, and survives an eviction", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    testWorld.clockOffsetMs = 60_000;
    const listed = await manager.request(`/v1/keys/${id}`);
    expect(listed.status).toBe(200);
    const namespace = (env as unknown as { readonly KEY_MANAGER: DurableObjectNamespace }).KEY_MANAGER;
    expect(await runDurableObjectAlarm(namespace.getByName(objectOf(id)))).toBe(true);
    const { greatest_time: written } = await inObject(objectOf(id), (sql) =>
      sql.exec("SELECT greatest_time FROM object_state").one(),
    );
    expect(Number(written)).toBeGreaterThan(Date.now() + 50_000);
    const next = await inObject(objectOf(id), (_sql, storage) => storage.getAlarm());
    expect(next).toBeGreaterThan(Date.now() + 86_000_000);
  });
});
