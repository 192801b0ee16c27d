import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  holds,
  holdsUnconstrained,
  mayActOnPrefix,
  mayGrant,
  maySee,
  maySeeAnyOwner,
} from "../../src/core/access/decide.ts";
import { holdsEvery } from "../../src/core/access/holds-every.ts";
import { type Constraint, type Grant, type Permission, permissions } from "../../src/core/access/permissions.ts";
import { runs } from "../support/property-runs.ts";

const role = (held: readonly Permission[], constraint: Constraint | null = null): Grant => ({
  role: "a role",
  permissions: held,
  constraint,
});

const owner = role(permissions);
const some: readonly Permission[] = ["keys:create", "keys:update", "events:read"];

const globs = fc.string({ unit: fc.constantFrom("a", "b", "*"), minLength: 1, maxLength: 3 });
const scopeGrants = fc
  .array(fc.constantFrom("a", "b", "*"), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(":"));

const constraints = fc.record(
  {
    owners: fc.array(globs, { minLength: 1, maxLength: 2 }),
    prefixes: fc.array(globs, { minLength: 1, maxLength: 2 }),
    scopes: fc.array(scopeGrants, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: [] },
);

const grants = fc.record({
  role: fc.constant("a role"),
  permissions: fc.subarray([...some], { minLength: 1 }),
  constraint: fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 5, arbitrary: constraints }),
});

const roleSets = fc.array(grants, { minLength: 1, maxLength: 3 });

/** Every star becomes something it stands for, so that much of what is wanted is really held. */
const narrowed = (entries: readonly string[] | undefined, filling: string): string[] | undefined =>
  entries?.map((entry) => entry.replaceAll("*", filling));

const wantedOf = (held: readonly Grant[], filling: string): Grant[] =>
  held.map(({ constraint, ...grant }) => ({
    ...grant,
    constraint: {
      ...constraint,
      ...(constraint?.owners ? { owners: narrowed(constraint.owners, filling) ?? [] } : {}),
      ...(constraint?.prefixes ? { prefixes: narrowed(constraint.prefixes, filling) ?? [] } : {}),
    },
  }));

const callersAndWants = fc.oneof(
  fc.tuple(roleSets, roleSets),
  fc.tuple(roleSets, fc.constantFrom("a", "a*", "*b", "**")).map(([held, filling]) => [held, wantedOf(held, filling)]),
  fc.tuple(roleSets, roleSets).map(([held, more]) => [[...held, ...more], held]),
) as fc.Arbitrary<[Grant[], Grant[]]>;

const texts = ["a", "b", "c", "aa", "ab", "ba", "bb", "ac", "cb", "aab", "aba", "abb", "bab", "cab", "acb"];
const prefixes = ["a", "b", "ab", "ba", "acb"];
const subjects = texts.flatMap((text) => prefixes.map((prefix) => ({ owner: text, prefix })));
const scopes = ["a", "b", "c", "a:b", "b:a", "a:c", "a:b:c", "c:b:a", "*", "a:*", "*:b", "a:*:b"];
const scopeLists = [[], ...scopes.map((scope) => [scope]), ["a", "a:b"], ["b:a", "a:*"], ["c", "*:b"]];

type Subject = (typeof subjects)[number];

/** What these roles allow on one key, as a list of names of concrete acts. */
const actsOn = (held: readonly Grant[], permission: Permission, subject: Subject): string[] => {
  if (!maySee(held, permission, subject)) return [];
  const name = `${permission} ${subject.owner} ${subject.prefix}`;
  return [
    `${name} to see`,
    ...scopeLists.filter((list) => mayGrant(held, permission, subject, list)).map((list) => `${name} ${list}`),
  ];
};

const generalActs: readonly [string, (held: readonly Grant[], permission: Permission) => boolean][] = [
  ["at all", holds],
  ["unconstrained", holdsUnconstrained],
  ["of any owner", maySeeAnyOwner],
  ...prefixes.map((prefix): (typeof generalActs)[number] => [
    `of prefix ${prefix}`,
    (held, permission) => mayActOnPrefix(held, permission, prefix),
  ]),
];

/** Everything that these roles allow. */
const actsOf = (held: readonly Grant[]): Set<string> =>
  new Set(
    some.flatMap((permission) => [
      ...generalActs.filter(([, isAllowed]) => isAllowed(held, permission)).map(([name]) => `${permission} ${name}`),
      ...subjects.flatMap((subject) => actsOn(held, permission, subject)),
    ]),
  );

describe("holding every right that is wanted", () => {
  it("is never said where one of the acts wanted is not allowed", () => {
    let held = 0;
    fc.assert(
      fc.property(callersAndWants, ([caller, wanted]) => {
        if (!holdsEvery(caller, wanted)) return;
        held += 1;
        const allowed = actsOf(caller);
        expect([...actsOf(wanted)].filter((act) => !allowed.has(act))).toEqual([]);
      }),
      { numRuns: runs * 3 },
    );
    expect(held).toBeGreaterThan(runs / 2);
  });

  it("is never said where one role of the wanted ones allows two acts and no single role of the caller allows both", () => {
    const pairs = texts.flatMap((one) => texts.map((other) => [one, other] as const));
    const allows = (grant: Grant, owners: readonly string[]): boolean =>
      owners.every((name) => mayGrant([grant], "keys:update", { owner: name, prefix: "a" }, ["a"]));
    fc.assert(
      fc.property(callersAndWants, ([caller, wanted]) => {
        if (!holdsEvery(caller, wanted)) return;
        const lost = pairs.filter(
          (pair) => wanted.some((grant) => allows(grant, pair)) && !caller.some((grant) => allows(grant, pair)),
        );
        expect(lost).toEqual([]);
      }),
      { numRuns: runs * 3 },
    );
  });

  it("is said of what one holds oneself, in any order and with parts left out", () => {
    fc.assert(
      fc.property(roleSets, fc.nat(), (held, position) => {
        expect(holdsEvery(held, held)).toBe(true);
        expect(holdsEvery(held, held.toReversed())).toBe(true);
        const [part = owner] = held.slice(position % held.length);
        expect(holdsEvery(held, [{ ...part, permissions: part.permissions.slice(1) }])).toBe(true);
        expect(holdsEvery(held, [])).toBe(true);
      }),
      { numRuns: runs },
    );
  });

  it("is said of an owner, whatever is wanted", () => {
    fc.assert(
      fc.property(roleSets, (wanted) => {
        expect(holdsEvery([owner], [...wanted, owner])).toBe(true);
      }),
      { numRuns: runs },
    );
  });

  it("is handed on: who holds all of somebody who holds all of a third holds all of the third", () => {
    fc.assert(
      fc.property(callersAndWants, fc.constantFrom("a", "b*", "*"), ([first, second], filling) => {
        const third = wantedOf(second, filling);
        fc.pre(holdsEvery(first, second) && holdsEvery(second, third));
        expect(holdsEvery(first, third)).toBe(true);
      }),
      { numRuns: runs },
    );
  });

  it("is said of one owner named in full just where the caller sees that owner", () => {
    fc.assert(
      fc.property(fc.array(globs, { minLength: 1, maxLength: 3 }), fc.constantFrom(...texts), (owners, text) => {
        const caller = [role(["keys:create"], { owners })];
        const allowed = maySee(caller, "keys:create", { owner: text, prefix: "a" });
        expect(holdsEvery(caller, [role(["keys:create"], { owners: [text] })])).toBe(allowed);
      }),
      { numRuns: runs },
    );
  });
});

describe("a wanted right", () => {
  const may = (constraint: Constraint | null) => role(["keys:create"], constraint);

  it.each<[string, Grant[], Grant[]]>([
    [
      "two roles that give a half of the permissions each",
      [role(["keys:create"]), role(["keys:read"])],
      [role(["keys:create", "keys:read"])],
    ],
    ["a narrower owner", [may({ owners: ["acct_*"] })], [may({ owners: ["acct_4*", "acct_51"] })]],
    ["a further constraint", [may({ owners: ["acct_*"] })], [may({ owners: ["acct_*"], scopes: ["orders:*"] })]],
    ["each entry within another one of the caller's", [may({ owners: ["a*", "b*"] })], [may({ owners: ["b1", "a*"] })]],
    ["stars within longer stars", [may({ owners: ["*a*"] })], [may({ owners: ["*xa**", "a"] })]],
    ["narrower scopes", [may({ scopes: ["orders:*"] })], [may({ scopes: ["orders:read", "orders:*:own"] })]],
  ])("is held by %s", (_name, caller, wanted) => {
    expect(holdsEvery(caller, wanted)).toBe(true);
  });

  it.each<[string, Grant[], Grant[]]>([
    ["nobody", [], [may({ owners: ["a"] })]],
    ["another permission", [role(["keys:read"])], [may(null)]],
    ["a role that is narrowed where the wanted one is not", [may({ owners: ["*"] })], [may(null)]],
    [
      "a role that is narrowed by owners where the wanted one names none",
      [may({ owners: ["*"] })],
      [may({ scopes: ["a"] })],
    ],
    ["a narrower glob", [may({ owners: ["acct_4*"] })], [may({ owners: ["acct_*"] })]],
    ["a glob that is only as long", [may({ owners: ["acct_4"] })], [may({ owners: ["acct_*"] })]],
    ["one that covers a part of the list", [may({ owners: ["acct_1"] })], [may({ owners: ["acct_1", "acct_2"] })]],
    [
      "two roles that cover a part of the list each",
      [may({ owners: ["a*"] }), may({ owners: ["b*"] })],
      [may({ owners: ["a*", "b*"] })],
    ],
    [
      "two roles of which one covers the owners, the other the scopes",
      [may({ owners: ["a"], scopes: ["x"] }), may({ owners: ["b"], scopes: ["y"] })],
      [may({ owners: ["a"], scopes: ["y"] })],
    ],
    [
      "one that covers the owners and not the prefixes",
      [may({ owners: ["a*"], prefixes: ["lk_live"] })],
      [may({ owners: ["a*"], prefixes: ["lk_*"] })],
    ],
    [
      "a scope of one segment where the wanted one goes on",
      [may({ scopes: ["orders:*:read"] })],
      [may({ scopes: ["orders:*"] })],
    ],
    ["some scopes where all are wanted", [may({ scopes: ["orders:*"] })], [may({ scopes: ["*"] })]],
    ["an empty list, which allows nobody", [may({ owners: [] })], [may({ owners: ["a"] })]],
  ])("is not held by %s", (_name, caller, wanted) => {
    expect(holdsEvery(caller, wanted)).toBe(false);
  });
});
