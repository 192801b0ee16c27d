import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base62Digits, toBase62 } from "../../src/core/api-key/base62.ts";
import { crcOf, hintOf, isPrefix, parseKeyString } from "../../src/core/api-key/key-string.ts";
import { runs } from "../support/property-runs.ts";

const base62 = (length: number) =>
  fc.string({ unit: fc.constantFrom(...base62Digits), minLength: length, maxLength: length });
const prefixes = fc.stringMatching(/^[a-z][a-z0-9]{0,15}(_[a-z0-9]{1,16})?$/);

const withCrc = (text: string): string => `${text}${crcOf(text)}`;
const keyStrings = fc
  .tuple(prefixes, base62(20), base62(41))
  .map(([prefix, bareId, tail]) => withCrc(`${prefix}_${bareId}_${tail}`));

const bareId = "0V3bQk1AA00000000000";
const tail = "0".repeat(41);
const example = `acme_live_${bareId}_${tail}119T7V`;

describe("a key string", () => {
  it("carries the published crc of the published example", () => {
    expect(crcOf(`acme_live_${bareId}_${tail}`)).toBe("119T7V");
    expect(parseKeyString(example)?.text).toBe(example);
  });

  it("has as crc CRC-32/ISO-HDLC, whose check value is cbf43926", () => {
    expect(crcOf("123456789")).toBe(toBase62(0xcbf43926, 6));
    expect(crcOf("")).toBe("000000");
  });

  it("comes apart into the parts it was made of", () => {
    fc.assert(
      fc.property(prefixes, base62(20), base62(32), base62(1), base62(8), (prefix, id, secret, epoch, tag) => {
        const tagged = `${prefix}_${id}_${secret}${epoch}`;
        const text = withCrc(`${tagged}${tag}`);
        expect(parseKeyString(text)).toEqual({ text, prefix, bareId: id, epoch, tag, tagged });
      }),
      { numRuns: runs },
    );
  });

  it("is read without the white space around it", () => {
    for (const given of [` ${example}`, `${example}\n`, `\t\r\n ${example} \t\r\n`]) {
      expect(parseKeyString(given)?.text).toBe(example);
    }
  });

  it("is hinted at by its prefix and the last four characters of its crc", () => {
    expect(hintOf(example, "acme_live")).toBe("acme_live_...9T7V");
  });

  it.each([
    ["nothing", ""],
    ["only white space", " \n"],
    ["a wrong crc", `acme_live_${bareId}_${tail}119T7W`],
    ["the crc of the key without its prefix", `acme_live_${bareId}_${tail}${crcOf(`${bareId}_${tail}`)}`],
    ["an id of 19 characters", withCrc(`acme_live_${bareId.slice(1)}_${tail}`)],
    ["an id of 21 characters", withCrc(`acme_live_${bareId}0_${tail}`)],
    ["a tail that is one short", withCrc(`acme_live_${bareId}_${tail.slice(1)}`)],
    ["a tail that is one long", withCrc(`acme_live_${bareId}_${tail}0`)],
    ["no prefix", withCrc(`${bareId}_${tail}`)],
    ["an empty prefix", withCrc(`_${bareId}_${tail}`)],
    ["a prefix with a capital", withCrc(`Acme_live_${bareId}_${tail}`)],
    ["a prefix that begins with a digit", withCrc(`1cme_live_${bareId}_${tail}`)],
    ["a prefix of three words", withCrc(`acme_live_eu_${bareId}_${tail}`)],
    ["a prefix with an empty second word", withCrc(`acme__${bareId}_${tail}`)],
    ["a prefix whose first word is too long", withCrc(`${"a".repeat(17)}_${bareId}_${tail}`)],
    ["a prefix whose second word is too long", withCrc(`acme_${"l".repeat(17)}_${bareId}_${tail}`)],
    ["a hyphen in the id", withCrc(`acme_live_${bareId.slice(1)}-_${tail}`)],
    ["a digit that is not ASCII", withCrc(`acme_live_${bareId}_${tail.slice(1)}０`)],
    ["white space inside", withCrc(`acme_live _${bareId}_${tail}`)],
    ["a null character behind it", `${example}\0`],
    ["two keys", `${example} ${example}`],
    ["a scheme before it", `Bearer ${example}`],
  ])("is refused with %s", (_name, given) => {
    expect(parseKeyString(given)).toBeUndefined();
  });

  it("is refused after any change of a single character", () => {
    const others = fc.oneof(fc.constantFrom(...base62Digits, "_", "-", " "), fc.string({ minLength: 1, maxLength: 1 }));
    fc.assert(
      fc.property(keyStrings, fc.nat(), others, (text, position, other) => {
        const index = position % text.length;
        fc.pre(text.charAt(index) !== other);
        expect(parseKeyString(text)).toBeDefined();
        expect(parseKeyString(`${text.slice(0, index)}${other}${text.slice(index + 1)}`)).toBeUndefined();
      }),
      { numRuns: runs },
    );
  });

  it("is refused after any two neighbours changed places", () => {
    fc.assert(
      fc.property(keyStrings, fc.nat(), (text, position) => {
        const index = position % (text.length - 1);
        const [one, other] = [text.charAt(index), text.charAt(index + 1)];
        fc.pre(one !== other);
        expect(parseKeyString(`${text.slice(0, index)}${other}${one}${text.slice(index + 2)}`)).toBeUndefined();
      }),
      { numRuns: runs },
    );
  });

  it("takes no time to refuse when it is megabytes long", () => {
    const before = process.cpuUsage();
    expect(parseKeyString("a_".repeat(5_000_000))).toBeUndefined();
    expect(parseKeyString(`${" ".repeat(5_000_000)}x`)).toBeUndefined();
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(500_000);
  });
});

describe("a prefix", () => {
  it.each(["a", "lk_live", "lk_admin", "acme2", `${"a".repeat(16)}_${"1".repeat(16)}`])("may be %s", (prefix) => {
    expect(isPrefix(prefix)).toBe(true);
  });

  it.each(["", "_", "a_", "_a", "A", "1a", "a-b", "a_b_c", "a".repeat(17), `a_${"b".repeat(17)}`, "a\n", "é"])(
    "may not be %j",
    (prefix) => {
      expect(isPrefix(prefix)).toBe(false);
    },
  );
});
