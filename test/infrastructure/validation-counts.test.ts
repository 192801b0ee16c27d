import { afterEach, describe, expect, it } from "vitest";
import { KeyUses } from "../../src/infrastructure/sqlite/key-uses.ts";
import { SqliteValidations } from "../../src/infrastructure/sqlite/sqlite-validations.ts";
import { idAt } from "../support/a-key.ts";
import { forgetEverything, inObject } from "../support/manager.ts";

afterEach(forgetEverything);

const dayMs = 86_400_000;
const now = 22_000 * dayMs + 1;

describe("the counts of validations", () => {
  it("of one key, and of all together, are found and removed without reading those of others", () =>
    inObject("shard-00", (sql) => {
      const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
      const exec = (query: string, ...bindings: SqlStorageValue[]) => {
        const cursor = sql.exec(query, ...bindings);
        cursors.push(cursor);
        return cursor;
      };
      const validations = new SqliteValidations({ exec } as SqlStorage);
      const rowsRead = (run: () => unknown): number => {
        cursors.length = 0;
        run();
        return cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0);
      };
      const [days, first] = [90, now - 500 * dayMs];
      sql.exec(
        `WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${1000 * days - 1})
           INSERT INTO validation_counts
           SELECT 22000 - n % ${days}, ${first} + n / ${days}, '{"0":{"valid":1}}' FROM numbers`,
      );
      const id = idAt(first + 500);
      expect(validations.ofKey(id, now - 31 * dayMs, now)).toHaveLength(31);
      expect(rowsRead(() => validations.ofKey(id, now - 31 * dayMs, now))).toBeLessThan(200);
      expect(rowsRead(() => validations.ofAll(now - 31 * dayMs, now))).toBeLessThan(200);
      expect(rowsRead(() => validations.forget(id))).toBeLessThan(10 * days);
      expect(validations.ofKey(id, now - 31 * dayMs, now)).toEqual([]);
      expect(sql.exec("SELECT count(*) AS n FROM validation_counts").one().n).toBe(999 * days);
    }));

  it("take no more memory than that of 50,000 keys, and count all others in the sum", () =>
    inObject("shard-00", (sql) => {
      const [validations, uses] = [new SqliteValidations(sql), new KeyUses(sql)];
      const ids = Array.from({ length: 50_002 }, (_, index) => idAt(now + index));
      for (const id of [...ids, ...ids]) {
        validations.note(id, "valid", now);
        uses.note(id, now);
      }
      const counted = (id: string | undefined) => validations.ofKey(id ?? "", now - dayMs, now + dayMs).length;
      expect([ids[0], ids[49_999], ids[50_000], ids[50_001]].map(counted)).toEqual([1, 1, 0, 0]);
      expect([ids[49_999], ids[50_000]].map((id) => uses.lastUsedAt(id ?? ""))).toEqual([now, null]);
      expect(validations.ofAll(now - dayMs, now + dayMs)).toMatchObject([{ outcomes: { valid: 100_004 } }]);
    }));
});
