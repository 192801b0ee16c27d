import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesAnyGlob, matchesGlob } from "../../src/core/access/glob.ts";
import { matchesByTable } from "../support/glob-by-table.ts";
import { runs } from "../support/property-runs.ts";

const textOf = (letters: string, maxLength: number) => fc.string({ unit: fc.constantFrom(...letters), maxLength });

describe("a glob", () => {
  it.each([
    ["acct_42", "acct_42"],
    ["acct_*", "acct_42"],
    ["acct_*", "acct_"],
    ["*", ""],
    ["*", "anything"],
    ["*_live", "acme_live"],
    ["a*b*c", "a__b__c"],
    ["a*b*c", "abc"],
    ["a**c", "ac"],
    ["*ab*ab", "abab"],
  ])("%s matches %j", (glob, text) => {
    expect(matchesGlob(glob, text)).toBe(true);
  });

  it.each([
    ["acct_42", "acct_421"],
    ["acct_*", "xacct_42"],
    ["", "a"],
    ["*_live", "acme_live2"],
    ["a*a", "a"],
    ["ab*ba", "aba"],
    ["*ab*ab", "ab"],
    ["A*", "acct"],
    ["a.c", "abc"],
    ["a?c", "abc"],
    ["[a]", "a"],
  ])("%s does not match %j", (glob, text) => {
    expect(matchesGlob(glob, text)).toBe(false);
  });

  it("matches exactly what a table of all its possibilities says", () => {
    fc.assert(
      fc.property(textOf("ab.*", 10), textOf("ab.", 12), (glob, text) => {
        expect(matchesGlob(glob, text)).toBe(matchesByTable(glob, text));
      }),
      { numRuns: runs * 10 },
    );
  });

  it("matches a text that was made from it", () => {
    fc.assert(
      fc.property(fc.array(textOf("ab", 4), { minLength: 1 }), fc.array(textOf("abc", 4)), (pieces, fillings) => {
        const text = pieces.reduce((sum, piece, index) => `${sum}${fillings[index] ?? ""}${piece}`);
        expect(matchesGlob(pieces.join("*"), text)).toBe(true);
      }),
      { numRuns: runs },
    );
  });

  it("takes time in proportion to its text, however many stars it has", () => {
    const text = "a".repeat(200_000);
    const before = process.cpuUsage();
    expect(matchesGlob(`${"*a".repeat(50_000)}*b`, text)).toBe(false);
    expect(matchesGlob(`${"a*".repeat(50_000)}b*a`, text)).toBe(false);
    expect(matchesGlob(`${"*".repeat(100_000)}b`, text)).toBe(false);
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(1_000_000);
  });
});

describe("a list of globs", () => {
  it("matches what one of them matches", () => {
    expect(matchesAnyGlob(["a_*", "b_*"], "b_1")).toBe(true);
    expect(matchesAnyGlob(["a_*", "b_*"], "c_1")).toBe(false);
  });

  it("matches nothing when it is empty", () => {
    expect(matchesAnyGlob([], "a")).toBe(false);
  });
});
