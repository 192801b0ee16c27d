import { afterEach, describe, expect, it } from "vitest";
import { deploy, fillStore, objects, recordsNotUnder, swapWithRunAhead, toldBy } from "../support/full-store.ts";
import { evict, forgetEverything, inObject, tell } from "../support/manager.ts";
import { newSecrets, oldSecrets, progressOf, removableOf } from "../support/rotated-secrets.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const runOf = (object: string) =>
  inObject(object, (sql) => {
    const { value } = sql.exec<{ value: string }>("SELECT value FROM settings WHERE name = 'reencryption'").one();
    return JSON.parse(value);
  });

const finishedIn = (object: string) =>
  inObject(
    object,
    (sql) => [...sql.exec("SELECT changes FROM events WHERE type = 'system.reencrypt_finished'")].length,
  );

/** Its object is gone from memory after every single step. */
const stepThrough = async (object: string): Promise<number> => {
  for (let steps = 1; ; steps += 1) {
    const state = await tell(object, { type: "reencrypt-records" });
    await evict(object);
    if (state !== "running") return steps;
  }
};

describe("a re-encryption whose object dies after every step", () => {
  it.each([1, 2, 7])("of %i records leaves nothing under the old secrets and counts none twice", async (size) => {
    const store = await fillStore();
    const before = await toldBy(store.manager, store);
    testWorld.renewedRowsMax = size;
    const manager = await swapWithRunAhead(store.manager);
    for (const object of objects) {
      const { object_state = 0, ...left } = await recordsNotUnder(object, newSecrets);
      const records = Object.values(left).reduce((sum, count) => sum + count, 0);
      expect(records).toBeGreaterThan(9);
      expect(object_state).toBe(0);
      expect(await stepThrough(object)).toBeGreaterThanOrEqual(Math.floor(records / size));
      expect(await recordsNotUnder(object, newSecrets)).toEqual({});
      expect(await runOf(object)).toMatchObject({ state: "done", moved: records, quarantinedCount: 0, place: null });
      expect(await finishedIn(object)).toBe(1);
    }
    expect(await progressOf(manager)).toMatchObject({ state: "done", left: 0 });
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
    expect(await toldBy(await deploy(manager, newSecrets), store)).toEqual(before);
  });
});
