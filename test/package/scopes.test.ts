import fc from "fast-check";
import { expect, it } from "vitest";
import { covers, matchesAny } from "../../client/src/testing/scopes.ts";
import { matchesGlob } from "../../src/core/access/glob.ts";
import { covers as coversInTheManager } from "../../src/core/api-key/scopes.ts";

const segment = fc.constantFrom("a", "b", "a.b", "*");
const grant = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(":"));
const scope = grant.map((text) => text.replaceAll("*", "c"));

it("grants in the double what the manager grants", () => {
  fc.assert(
    fc.property(grant, grant, scope, (one, other, needed) => {
      expect(covers(one, needed)).toBe(coversInTheManager(one, needed));
      expect(covers(one, other)).toBe(coversInTheManager(one, other));
    }),
    { numRuns: 2000 },
  );
});

it("takes a glob in the double for what the manager takes it for", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "_", ".", "+"), maxLength: 6 });
  const glob = fc.string({ unit: fc.constantFrom("a", "b", "_", ".", "+", "*"), maxLength: 6 });
  fc.assert(
    fc.property(glob, text, (pattern, given) => {
      expect(matchesAny([pattern], given)).toBe(matchesGlob(pattern, given));
    }),
    { numRuns: 2000 },
  );
});
