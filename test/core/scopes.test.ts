import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { covers, isGrantedScope, isNeededScope, missingScopes } from "../../src/core/api-key/scopes.ts";
import { runs } from "../support/property-runs.ts";

/** Every needed scope of up to `depth` segments over these letters. */
const scopesUpTo = (depth: number, letters: readonly string[]): string[] => {
  const levels: string[][] = [[...letters]];
  while (levels.length < depth) {
    levels.push((levels.at(-1) ?? []).flatMap((scope) => letters.map((letter) => `${scope}:${letter}`)));
  }
  return levels.flat();
};

const deepestGrant = 4;
/** One segment deeper than any grant and with a letter that no grant names, so that a star is always more than its example. */
const everyScope = scopesUpTo(deepestGrant + 1, ["a", "b", "c"]);

const expand = (grant: string): Set<string> => {
  const segments = grant.split(":").map((segment) => (segment === "*" ? "[abc]" : segment));
  const openEnd = grant === "*" || grant.endsWith(":*") ? "(:[abc])*" : "";
  const pattern = new RegExp(`^${segments.join(":")}${openEnd}$`);
  return new Set(everyScope.filter((scope) => pattern.test(scope)));
};

const grants = fc
  .array(fc.constantFrom("a", "b", "*"), { minLength: 1, maxLength: deepestGrant })
  .map((segments) => segments.join(":"));

describe("a granted scope", () => {
  it.each([
    ["orders:read", "orders:read"],
    ["*", "orders"],
    ["*", "orders:read:all"],
    ["*", "*"],
    ["*", "*:*"],
    ["orders:*", "orders:read"],
    ["orders:*", "orders:read:all"],
    ["orders:*", "orders:*"],
    ["orders:*", "orders:*:all"],
    ["*:read", "orders:read"],
    ["*:read", "*:read"],
    ["orders:*:read", "orders:eu:read"],
    ["*:*", "orders:read"],
    ["*:*", "orders:*"],
  ])("%s covers %s", (wide, narrow) => {
    expect(covers(wide, narrow)).toBe(true);
  });

  it.each([
    ["orders:read", "orders:write"],
    ["orders:read", "orders"],
    ["orders:read", "orders:read:all"],
    ["orders:read", "orders:*"],
    ["orders:*", "orders"],
    ["orders:*", "*"],
    ["orders:*", "ordersx:read"],
    ["*:read", "read"],
    ["*:read", "orders:eu:read"],
    ["*:read", "*"],
    ["orders:*:read", "orders:read"],
    ["orders:*:read", "orders:*"],
    ["*:*", "orders"],
    ["*:*", "*"],
    ["a", "b"],
  ])("%s does not cover %s", (wide, narrow) => {
    expect(covers(wide, narrow)).toBe(false);
  });

  it("covers another exactly where it allows all that the other allows", () => {
    fc.assert(
      fc.property(grants, grants, (wide, narrow) => {
        const [allowed, asked] = [expand(wide), expand(narrow)];
        expect(covers(wide, narrow)).toBe([...asked].every((scope) => allowed.has(scope)));
      }),
      { numRuns: runs },
    );
  });
});

describe("the missing scopes", () => {
  it("are those that no single grant covers, in the order they were asked for", () => {
    expect(missingScopes(["orders:*", "users:read"], ["users:write", "orders:read", "billing"])).toEqual([
      "users:write",
      "billing",
    ]);
  });

  it("are all of them where nothing is granted, and none where nothing is needed", () => {
    expect(missingScopes([], ["orders:read"])).toEqual(["orders:read"]);
    expect(missingScopes([], [])).toEqual([]);
  });
});

describe("the form of a scope", () => {
  it.each(["a", "orders:read", "a.b-c_d:0", "a".repeat(128)])("%s may be granted and needed", (scope) => {
    expect([isGrantedScope(scope), isNeededScope(scope)]).toEqual([true, true]);
  });

  it.each(["*", "orders:*", "*:read", "orders:*:read"])("%s may be granted, not needed", (scope) => {
    expect([isGrantedScope(scope), isNeededScope(scope)]).toEqual([true, false]);
  });

  it.each(["", ":", "a:", ":a", "a::b", "A", "a b", "a*", "**", "a:b*", "a\n", "é", "a/b", "a".repeat(129)])(
    "%j is no scope",
    (scope) => {
      expect([isGrantedScope(scope), isNeededScope(scope)]).toEqual([false, false]);
    },
  );
});
