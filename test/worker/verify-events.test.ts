import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import { appendEvents, callerWith, everyRight, type Verification, verification } from "../support/event-walk.ts";
import { createInShard } from "../support/list-walk.ts";
import {
  anotherIsolate,
  type CreatedKey,
  evictAll,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  redeploy,
  startManager,
} from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const object = "shard-00";
const objects = (env as unknown as Bindings).KEY_MANAGER;

/** A manager with an event in every shard, and six in the one that is going to be changed. */
const managerWithEvents = async (): Promise<Manager> => {
  const manager = await startManager();
  const { id } = await manager.createKey();
  const others = objectOf(id) === object ? [0, 0, 0, 0, 0, 1, 2, 3] : [0, 0, 0, 0, 0, 0, 1, 2, 3];
  for (const shard of others) await createInShard(shard);
  return manager;
};

const changed = (run: (sql: SqlStorage) => void): Promise<void> => inObject(object, (sql) => run(sql));

const firstBreak = ({ chains }: Pick<Verification, "chains">): number | undefined =>
  chains.find((chain) => chain.object === object)?.firstBroken;

const othersOf = ({ chains }: Pick<Verification, "chains">) => chains.filter((chain) => chain.object !== object);

const copyOf = (sql: SqlStorage, table: string, where: string) =>
  sql.exec(`SELECT * FROM ${table} WHERE ${where}`).one();

const putBack = (sql: SqlStorage, table: string, row: Record<string, SqlStorageValue>): void => {
  const columns = Object.keys(row);
  const marks = columns.map(() => "?").join(", ");
  sql.exec(`INSERT OR REPLACE INTO ${table} (${columns.join(", ")}) VALUES (${marks})`, ...Object.values(row));
};

const expectBreak = async (manager: Manager, sequence: number): Promise<void> => {
  await evictAll();
  const found = await verification(anotherIsolate(manager));
  expect([found.intact, firstBreak(found)]).toEqual([false, sequence]);
  const broken = found.chains.find((chain) => chain.object === object);
  expect(broken?.verifiedThrough).toBe(sequence - 1);
  expect(othersOf(found)).toHaveLength(4);
  for (const chain of othersOf(found)) {
    expect(chain).not.toHaveProperty("firstBroken");
    expect(chain.verifiedThrough).toBe(chain.events);
  }
};

describe("the chains of events", () => {
  it("are intact as long as nobody touches them, whichever commands were executed", async () => {
    const manager = await startManager();
    const key = await manager.createKey();
    await manager.patch(key.id, { owner: "acct_2" });
    const { id } = (await manager.rotate(key.id)).body;
    await manager.cancel(key.id, { force: true });
    await manager.delete(id);
    await manager.revoke(key.id);
    await manager.delete(key.id);
    const { intact, chains, nextCursor } = await verification(manager);
    expect([intact, nextCursor]).toEqual([true, null]);
    expect(chains.map((chain) => chain.object)).toEqual(["admin", "shard-00", "shard-01", "shard-02", "shard-03"]);
    const shown = await Promise.all(
      chains.map(async (chain) => {
        const { items } = (await manager.request("/v1/events?limit=200")).body;
        const own = items.filter((event: { readonly chain: string }) => event.chain === chain.object);
        return { ...chain, events: own.length, verifiedThrough: own.length, head: own[0]?.hash ?? "00".repeat(32) };
      }),
    );
    expect(chains).toEqual(shown);
  });

  it.each([
    ["an edited event", "UPDATE events SET reason = 'unused' WHERE sequence = 3", 3],
    ["an edited time", "UPDATE events SET at = 9223372036854775807 WHERE sequence = 4", 4],
    ["an edited hash", "UPDATE events SET hash = zeroblob(32) WHERE sequence = 2", 2],
    ["a deleted event", "DELETE FROM events WHERE sequence = 3", 3],
    ["a deleted first event", "DELETE FROM events WHERE sequence = 1", 1],
    ["a missing tail", "DELETE FROM events WHERE sequence > 3", 4],
    ["no events at all", "DELETE FROM events", 1],
    ["an event inserted before the first", "UPDATE events SET sequence = -5 WHERE sequence = 6", -5],
    [
      "two events in each other's place",
      `UPDATE events SET sequence = 100 WHERE sequence = 2;
       UPDATE events SET sequence = 2 WHERE sequence = 4; UPDATE events SET sequence = 4 WHERE sequence = 100`,
      2,
    ],
    ["a checkpoint out of nothing", "INSERT INTO event_checkpoint VALUES (1, 1, 3, zeroblob(32), zeroblob(32))", 1],
    ["a head wound back", "UPDATE object_state SET sequence = 3", 7],
    ["a changed head", "UPDATE object_state SET head_hash = zeroblob(32)", 7],
    ["a changed state", "UPDATE object_state SET greatest_time = 1", 7],
    ["a changed chain key", "UPDATE object_state SET chain_key = zeroblob(60)", 1],
    ["a deleted state", "DELETE FROM object_state", 1],
    ["a whole object emptied but for its keys", "DELETE FROM object_state; DELETE FROM events", 1],
  ])("show %s, and where, and say of the others that they are intact", async (_what, statement, expected) => {
    const manager = await managerWithEvents();
    await changed((sql) => void sql.exec(statement));
    await evictAll();
    const found = await verification(anotherIsolate(manager));
    expect([found.intact, firstBreak(found)]).toEqual([false, expected]);
    expect(othersOf(found)).toHaveLength(4);
    for (const chain of othersOf(found)) expect(chain).not.toHaveProperty("firstBroken");
  });

  it("show an event that was inserted behind the newest", async () => {
    const manager = await managerWithEvents();
    let last = 0;
    await changed((sql) => {
      const row = copyOf(sql, "events", "sequence = (SELECT max(sequence) FROM events)");
      last = Number(row.sequence);
      putBack(sql, "events", { ...row, sequence: last + 1, id: "evt_00000000000000000000" });
    });
    await expectBreak(manager, last + 1);
  });

  it("show an older state put back, and with it the events it does not know of", async () => {
    const manager = await managerWithEvents();
    let last = 0;
    const older = await inObject(object, (sql) => {
      const row = copyOf(sql, "object_state", "id = 1");
      last = Number(row.sequence);
      return row;
    });
    await createInShard(0);
    await createInShard(0);
    await changed((sql) => putBack(sql, "object_state", older));
    await expectBreak(manager, last + 1);
  });

  it("show an event of another past put back: one that was once in this place, genuine and all", async () => {
    const manager = await managerWithEvents();
    const before = await inObject(object, (sql) => copyOf(sql, "object_state", "id = 1"));
    await createInShard(0);
    const place = Number(before.sequence) + 1;
    const once = await inObject(object, (sql) => copyOf(sql, "events", `sequence = ${place}`));
    await changed((sql) => {
      sql.exec("DELETE FROM events WHERE sequence = ?", place);
      putBack(sql, "object_state", before);
    });
    await evictAll();
    await createInShard(0);
    expect((await verification(manager)).intact).toBe(true);
    await changed((sql) => putBack(sql, "events", once));
    await expectBreak(manager, place);
  });

  it.each(["revoked", "deleted"])("show the record of a key that was %s and stands there again", async (end) => {
    const manager = await managerWithEvents();
    const id = await createInShard(0);
    const genuine = await inObject(object, (sql) => copyOf(sql, "api_keys", `id = '${id}'`));
    await manager.revoke(id);
    if (end === "deleted") {
      await changed((sql) => putBack(sql, "api_keys", genuine));
      await manager.revoke(id);
      await manager.delete(id);
    }
    const place = await inObject(object, (sql) =>
      Number(
        sql
          .exec(
            "SELECT min(sequence) AS place FROM events WHERE subject_id = ? AND type IN ('key.revoked', 'key.deleted')",
            id,
          )
          .one().place,
      ),
    );
    await changed((sql) => putBack(sql, "api_keys", genuine));
    await expectBreak(manager, place);
  });

  it.each([
    ["changed", (manager: Manager, id: string) => manager.patch(id, { enabled: false })],
    ["rotated", (manager: Manager, id: string) => manager.rotate(id, { graceSeconds: 0 })],
    ["taken back from a rotation", (manager: Manager, id: string) => manager.cancel(id)],
  ])("show the record of a key as it was before it was %s", async (how, act) => {
    const manager = await managerWithEvents();
    const id = await createInShard(0);
    if (how === "taken back from a rotation") await manager.rotate(id);
    const genuine = await inObject(object, (sql) => copyOf(sql, "api_keys", `id = '${id}'`));
    testWorld.clockOffsetMs = 60_000;
    const before = await inObject(object, (sql) => Number(copyOf(sql, "object_state", "id = 1").sequence));
    expect((await act(manager, id)).status).toBeLessThan(300);
    expect((await verification(manager)).intact).toBe(true);
    await changed((sql) => putBack(sql, "api_keys", genuine));
    await expectBreak(manager, before + 1);
  });

  it("are verified as far as they go while the object itself refuses to work on", async () => {
    const manager = await managerWithEvents();
    const id = await createInShard(0);
    await changed((sql) => void sql.exec("UPDATE object_state SET counters = '{}'"));
    await evictAll();
    expect((await verification(manager)).intact).toBe(false);
    expect((await manager.request(`/v1/keys/${id}`)).status).toBe(500);
    expect((await manager.revoke(id)).status).toBe(500);
    expect((await manager.request("/v1/events")).status).toBe(500);
    const { intact } = await verification(manager);
    expect(intact).toBe(false);
  });
});

describe("the verification of events", () => {
  it("goes on where the page before ended, and the last page tells of all", async () => {
    const manager = await managerWithEvents();
    await appendEvents(object, 500, Date.now() + 1000);
    testWorld.examinedRowsMax = 10;
    await evictAll();
    const whole = await verification(manager);
    expect([whole.intact, whole.pages]).toEqual([true, 2]);
    expect(whole.chains.find((chain) => chain.object === object)).toMatchObject({
      events: whole.chains[1]?.verifiedThrough,
    });

    await changed((sql) => void sql.exec("UPDATE events SET note = 'x' WHERE sequence = 123"));
    const first = (await manager.request<Verification>("/v1/events/verify")).body;
    expect([first.intact, firstBreak(first)]).toEqual([false, 123]);
    await inObject("shard-03", (sql) => void sql.exec("UPDATE events SET note = 'x' WHERE sequence = 1"));
    expect(await verification(manager)).toMatchObject({ intact: false });
  });

  it("says at its end that a chain was broken on an earlier page", async () => {
    const manager = await startManager();
    await manager.createKey();
    await appendEvents("shard-03", 500, Date.now() + 1000);
    testWorld.examinedRowsMax = 10;
    await evictAll();
    await inObject("admin", (sql) => void sql.exec("UPDATE events SET note = 'x' WHERE sequence = 1"));
    const { intact, chains, pages } = await verification(manager);
    expect(pages).toBeGreaterThan(1);
    expect(intact).toBe(false);
    expect(chains.filter(({ firstBroken }) => firstBroken !== undefined)).toMatchObject([{ object: "admin" }]);
  });

  it("looks at 1,000 events of an object at a time, and lets others in between", async () => {
    const manager = await startManager();
    await manager.createKey();
    await appendEvents("shard-01", 8500, Date.now() + 1000);
    manager.calls.length = 0;
    const { chains } = await verification(manager);
    const calls = manager.calls.filter((call) => call.type === "verify-events" && call.object === "shard-01");
    expect(calls).toHaveLength(9);
    expect(chains.find((chain) => chain.object === "shard-01")?.verifiedThrough).toBeGreaterThanOrEqual(8500);
  });

  it("finds what is changed between two pages in the part that it has still to come to", async () => {
    const manager = await managerWithEvents();
    await appendEvents(object, 500, Date.now() + 1000);
    testWorld.examinedRowsMax = 10;
    await evictAll();
    const first = (await manager.request<Verification>("/v1/events/verify")).body;
    const { verifiedThrough = 0 } = first.chains.find((chain) => chain.object === object) ?? {};
    expect(first.intact).toBe(true);
    for (const [statement, expected] of [
      [`UPDATE events SET note = 'x' WHERE sequence = ${verifiedThrough + 1}`, verifiedThrough + 1],
      [`DELETE FROM events WHERE sequence = ${verifiedThrough}`, verifiedThrough],
    ] as const) {
      await changed((sql) => void sql.exec(statement));
      const next = await manager.request<Verification>(`/v1/events/verify?cursor=${first.nextCursor}`);
      expect([next.body.intact, firstBreak(next.body)]).toEqual([false, expected]);
    }
  });

  it("holds, hash for hash, after both secrets were rotated, with the old ones as fallbacks", async () => {
    const manager = await managerWithEvents();
    const before = await verification(manager);
    const secrets = {
      ENCRYPTION_KEY: "pB8nQ2dZ5xL0vK7rT3yM9cJ6hF1gS4aPqE8uI2oWzXk=",
      ENCRYPTION_KEY_FALLBACK: "aIXqvF3nTzYvC0V0bJwZbq2mS5tK8rP1xN4hW7uD9eA=",
      HMAC_SECRET: "wB8nQ2dZ5xL0vK7rT3yM9cJ6hF1gS4aPqE8uI2oWzXk=",
      HMAC_SECRET_FALLBACK: "Qk7pLw2xRz8vTn5cYb3mHd6fJs9gKa1eUo4iXt0yZqM=",
    };
    await redeploy(secrets);
    const rotated = anotherIsolate(manager);
    expect(await verification(rotated)).toEqual(before);
    const { id }: Pick<CreatedKey, "id"> = await rotated.createKey();
    const after = await verification(rotated);
    expect(after.intact).toBe(true);
    expect(after.chains.filter((chain) => chain.object !== objectOf(id))).toEqual(
      before.chains.filter((chain) => chain.object !== objectOf(id)),
    );
  });

  it("needs the old secrets no more once an object has written under the new ones", async () => {
    const manager = await managerWithEvents();
    const before = await verification(manager);
    const secrets = {
      ENCRYPTION_KEY: "pB8nQ2dZ5xL0vK7rT3yM9cJ6hF1gS4aPqE8uI2oWzXk=",
      HMAC_SECRET: "wB8nQ2dZ5xL0vK7rT3yM9cJ6hF1gS4aPqE8uI2oWzXk=",
    };
    await redeploy({
      ...secrets,
      ENCRYPTION_KEY_FALLBACK: "aIXqvF3nTzYvC0V0bJwZbq2mS5tK8rP1xN4hW7uD9eA=",
      HMAC_SECRET_FALLBACK: "Qk7pLw2xRz8vTn5cYb3mHd6fJs9gKa1eUo4iXt0yZqM=",
    });
    const { id }: Pick<CreatedKey, "id"> = await anotherIsolate(manager).createKey();

    await redeploy({ ...secrets, ENCRYPTION_KEY_FALLBACK: "", HMAC_SECRET_FALLBACK: "" });
    for (const name of ["admin", objectOf(id)]) {
      const command = { type: "verify-events", after: null } as const;
      const answer = await objects.getByName(name).execute(command, callerWith(everyRight));
      const known = before.chains.find((chain) => chain.object === name)?.events ?? 0;
      const events = name === "admin" ? known : known + 1;
      expect(answer.ok && answer.value.chains).toEqual([
        expect.objectContaining({ object: name, events, verifiedThrough: events }),
      ]);
      expect(answer.ok && answer.value.chains[0]?.firstBroken).toBeUndefined();
    }
  });

  it("may be asked by several at a time: each gets the same answer", async () => {
    const manager = await managerWithEvents();
    const answers = await Promise.all(Array.from({ length: 8 }, () => manager.request("/v1/events/verify")));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]?.body.intact).toBe(true);
  });
});
