import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import type { ApiKey } from "../../src/core/api-key/api-key.ts";
import { statusOf } from "../../src/core/api-key/lifecycle.ts";
import { keyringOfTexts } from "../../src/infrastructure/secrets/keyring-of-texts.ts";
import { KeyUses } from "../../src/infrastructure/sqlite/key-uses.ts";
import { ObjectState } from "../../src/infrastructure/sqlite/object-state.ts";
import { SqliteApiKeys } from "../../src/infrastructure/sqlite/sqlite-api-keys.ts";
import { SqliteKeptAnswers } from "../../src/infrastructure/sqlite/sqlite-kept-answers.ts";
import { SqliteKeyTally } from "../../src/infrastructure/sqlite/sqlite-key-tally.ts";
import { SqliteValidations } from "../../src/infrastructure/sqlite/sqlite-validations.ts";
import { aKey, idAt } from "../support/a-key.ts";
import { forgetEverything, inObject } from "../support/manager.ts";

afterEach(forgetEverything);

const start = 1_900_000_000_000;
const dayMs = 86_400_000;

/** The keys of one object over real storage, with a clock to turn and the platform's own count of rows read. */
const storeOver = (sql: SqlStorage, examinedRowsMax = 5000) => {
  const secrets = keyringOfTexts(env as unknown as Parameters<typeof keyringOfTexts>[0]);
  if (!secrets.ok) throw new Error("the tests have no secrets");
  const { keyring } = secrets;
  const clock = { time: start };
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  const counting = {
    exec: (query: string, ...bindings: SqlStorageValue[]) => {
      const cursor = sql.exec(query, ...bindings);
      cursors.push(cursor);
      return cursor;
    },
  } as SqlStorage;
  const signing = { sql, object: "shard-00", ring: keyring.hmac, hasWrittenUnder: () => false };
  const state = new ObjectState(signing, keyring, () => clock.time);
  const [uses, validations] = [new KeyUses(counting), new SqliteValidations(counting)];
  const keyTally = new SqliteKeyTally(counting, state, uses, { examinedRowsMax });
  const keptAnswers = new SqliteKeptAnswers(signing, keyring, state);
  const apiKeys = new SqliteApiKeys(signing, keyring, state, { uses, validations, keyTally, keptAnswers });
  const rowsRead = (run: () => unknown): number => {
    cursors.length = 0;
    run();
    return cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0);
  };
  return { apiKeys, keyTally, state, clock, rowsRead, validations };
};

/** One after the other, and all kinds of ends among them. */
const keyAt = (index: number): ApiKey => {
  const id = idAt(start + index);
  const fields: Partial<ApiKey>[] = [
    {},
    { expiresAt: start + 20 * dayMs },
    { expiresAt: start + (1 + (index % 1000)) * 60_000 },
    { successor: id, graceEndsAt: start + dayMs + index },
    { successor: id, graceEndsAt: start, graceFinished: true },
    { enabled: false },
    { revokedAt: start },
  ];
  return aKey({ id, lineage: id, createdAt: start, ...fields[index % fields.length] });
};

const expectedOf = (keys: readonly ApiKey[], now: number) => {
  const counts: Record<string, number> = { active: 0, rotating: 0, disabled: 0, rotated: 0, expired: 0, revoked: 0 };
  for (const key of keys) counts[statusOf(key, now)] = (counts[statusOf(key, now)] ?? 0) + 1;
  return counts;
};

const isTally = (counter: string): boolean => /^(status:|seen:|unused|expiring|inGrace|tallied)/.test(counter);

/** As it was before there were such counters. */
const forgetTally = (state: ObjectState): void => {
  for (const [name, count] of Object.entries(state.counters)) if (isTally(name)) state.count(name, -count);
};

/** Every key so many times, under other ids; the state counts how many keys there are. */
const multiply = (sql: SqlStorage, state: ObjectState, count: number, times: number): void => {
  const changed: Readonly<Record<string, string>> = { ordinal: `ordinal + n * ${count}`, id: "id || n" };
  const columns = [...sql.exec("SELECT name FROM pragma_table_info('api_keys')")].map(({ name }) => String(name));
  sql.exec(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${times - 1})
       INSERT INTO api_keys SELECT ${columns.map((column) => changed[column] ?? column).join(", ")}
       FROM api_keys, numbers`,
  );
  state.count("keys", count * (times - 1));
};

describe("figures about every key of an object", () => {
  it.each([1, 100])(
    "of a thousand keys, times %i, are right at any time and take the same few rows once the alarm has run",
    (times) =>
      inObject("shard-00", (sql) => {
        const { apiKeys, keyTally, clock, rowsRead, state } = storeOver(sql);
        const keys = Array.from({ length: 1000 }, (_, index) => keyAt(index));
        for (const key of keys) apiKeys.insert(key, key.id);
        if (times > 1) multiply(sql, state, keys.length, times);
        forgetTally(state);
        keyTally.countOlderStore();
        const rowsOfAnEnd = 3;
        for (const after of [0, 5 * 60_000, dayMs, 2 * dayMs, 13 * dayMs, 30 * dayMs]) {
          clock.time = start + after;
          expect(rowsRead(() => keyTally.figures())).toBeLessThanOrEqual(rowsOfAnEnd * 3 * 5001);
          let steps = 1;
          while (!keyTally.advance()) steps += 1;
          expect(steps).toBeLessThanOrEqual(1 + (3 * keys.length * times) / 5000);
          const { figures, complete } = keyTally.figures();
          const each = Object.entries(expectedOf(keys, clock.time)).map(([status, count]) => [status, count * times]);
          expect(figures.keys).toEqual({ total: keys.length * times, byStatus: Object.fromEntries(each) });
          expect(complete).toBe(true);
          expect(rowsRead(() => keyTally.figures())).toBeLessThan(10);
          expect(rowsRead(() => keyTally.advance())).toBeLessThan(10);
        }
      }),
    60_000,
  );

  it("are counted once where a store is older than the counters, and not again", () =>
    inObject("shard-00", (sql) => {
      const older = storeOver(sql);
      const keys = Array.from({ length: 70 }, (_, index) => keyAt(index));
      for (const key of keys) older.apiKeys.insert(key, key.id);
      forgetTally(older.state);
      older.state.write();

      const { keyTally, state, clock, rowsRead } = storeOver(sql);
      clock.time = start + dayMs + 10;
      keyTally.countOlderStore();
      const { figures, complete } = keyTally.figures();
      expect({ ...figures.keys, complete }).toEqual({
        total: 70,
        byStatus: expectedOf(keys, clock.time),
        complete: true,
      });
      state.write();
      expect(rowsRead(() => storeOver(sql).keyTally.countOlderStore())).toBe(0);
      expect(rowsRead(() => keyTally.countOlderStore())).toBe(0);
      expect(keyTally.figures().figures.keys.byStatus).toEqual(expectedOf(keys, clock.time));
    }));
});
