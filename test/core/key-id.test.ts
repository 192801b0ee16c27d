import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base62Digits, fromBase62, toBase62 } from "../../src/core/api-key/base62.ts";
import { bareIdOf, homeOf, isId, ordinalOf } from "../../src/core/api-key/key-string.ts";
import { runs } from "../support/property-runs.ts";

const random = fc.string({ unit: fc.constantFrom(...base62Digits), minLength: 10, maxLength: 10 });
const times = fc.integer({ min: 0, max: 62 ** 8 - 1 });
const shards = fc.integer({ min: 0, max: 255 });
const homes = fc.oneof(shards, fc.constant("admin" as const));

describe("an id", () => {
  it("tells when it was made and where its record lives", () => {
    fc.assert(
      fc.property(times, homes, random, (time, home, end) => {
        const id = `key_${bareIdOf(time, home, end)}`;
        expect(isId("key", id)).toBe(true);
        expect(ordinalOf(id)).toBe(time);
        expect(homeOf(id)).toBe(home);
      }),
      { numRuns: runs },
    );
  });

  it("sorts as text by the time it was made at", () => {
    fc.assert(
      fc.property(times, times, homes, homes, random, random, (one, other, home, otherHome, end, otherEnd) => {
        fc.pre(one !== other);
        expect(bareIdOf(one, home, end) < bareIdOf(other, otherHome, otherEnd)).toBe(one < other);
      }),
      { numRuns: runs },
    );
  });

  it("of a key is never one of an admin, nor the other way round", () => {
    const bareId = bareIdOf(1_750_000_000_000, 3, "0123456789");
    expect(isId("key", `key_${bareId}`)).toBe(true);
    expect(isId("adm", `adm_${bareId}`)).toBe(true);
    expect(isId("key", `adm_${bareId}`)).toBe(false);
    expect(isId("adm", `key_${bareId}`)).toBe(false);
  });

  it.each(["", "key_", "0V3bQk1AA00000000000", "key_0V3bQk1AA0000000000", "key_0V3bQk1AA000000000000"])(
    "is not well formed as %j",
    (text) => {
      expect(isId("key", text)).toBe(false);
    },
  );

  it.each([
    "KEY_0V3bQk1AA00000000000",
    " key_0V3bQk1AA00000000000",
    "key_0V3bQk1AA0000000000\n",
    "key_0V3bQk1AA0000000000-",
  ])("is not well formed as %j either", (text) => {
    expect(isId("key", text)).toBe(false);
  });
});

describe("base62", () => {
  it("gives back every number it was given, padded with zeros", () => {
    fc.assert(
      fc.property(times, (number) => {
        const text = toBase62(number, 8);
        expect(text).toHaveLength(8);
        expect(fromBase62(text)).toBe(number);
      }),
      { numRuns: runs },
    );
  });

  it("counts in ASCII order", () => {
    expect([...base62Digits].toSorted().join("")).toBe(base62Digits);
    expect([0, 9, 10, 35, 36, 61].map((number) => toBase62(number, 1))).toEqual(["0", "9", "A", "Z", "a", "z"]);
  });

  it("refuses a number that has more digits than there is room for", () => {
    expect(toBase62(61, 1)).toBe("z");
    expect(() => toBase62(62, 1)).toThrow(RangeError);
  });
});
