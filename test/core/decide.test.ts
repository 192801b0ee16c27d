import { describe, expect, it } from "vitest";
import { holds, holdsUnconstrained, mayActOnPrefix, mayGrant, maySee } from "../../src/core/access/decide.ts";
import type { Constraint, Grant, Permission } from "../../src/core/access/permissions.ts";
import { isVisible } from "../../src/core/access/visibility.ts";
import { aKey } from "../support/a-key.ts";

const role = (permissions: readonly Permission[], constraint: Constraint | null = null): Grant => ({
  role: "a role",
  permissions,
  constraint,
});

const subject = { owner: "acct_1", prefix: "acme_live" };

describe("a permission", () => {
  it("is held when one role gives it", () => {
    const grants = [role(["keys:read"]), role(["keys:create"], { owners: ["acct_*"] })];
    expect([holds(grants, "keys:read"), holds(grants, "keys:create")]).toEqual([true, true]);
    expect([holdsUnconstrained(grants, "keys:read"), holdsUnconstrained(grants, "keys:create")]).toEqual([true, false]);
  });

  it("is not held by nobody, nor because a similar one is", () => {
    expect(holds([], "keys:read")).toBe(false);
    expect(holds([role(["keys:create"])], "keys:read")).toBe(false);
    expect(holdsUnconstrained([role(["keys:create"])], "keys:read")).toBe(false);
  });
});

describe("seeing a key", () => {
  it.each<[string, Constraint | null, boolean]>([
    ["nothing narrows the role", null, true],
    ["an empty constraint narrows nothing", {}, true],
    ["owner matches", { owners: ["acct_*"] }, true],
    ["prefix matches", { prefixes: ["other", "acme_*"] }, true],
    ["both match", { owners: ["acct_1"], prefixes: ["acme_live"] }, true],
    ["only scopes are narrowed, which limits what is granted", { scopes: ["orders:*"] }, true],
    ["owner does not match", { owners: ["team_*"] }, false],
    ["prefix does not match", { prefixes: ["lk_*"] }, false],
    ["owner matches and prefix does not", { owners: ["acct_*"], prefixes: ["lk_*"] }, false],
    ["an empty list matches nobody", { owners: [] }, false],
  ])("where %s", (_name, constraint, isSeen) => {
    expect(maySee([role(["keys:read"], constraint)], "keys:read", subject)).toBe(isSeen);
  });

  it("needs one role that has both the permission and the reach", () => {
    const grants = [role(["keys:read"], { owners: ["team_*"] }), role(["keys:create"], { owners: ["acct_*"] })];
    expect(maySee(grants, "keys:read", subject)).toBe(false);
    expect(maySee([...grants, role(["keys:read"], { owners: ["acct_*"] })], "keys:read", subject)).toBe(true);
  });

  it("needs one role for owner and prefix together", () => {
    const grants = [
      role(["keys:read"], { owners: ["acct_*"], prefixes: ["lk_*"] }),
      role(["keys:read"], { owners: ["team_*"], prefixes: ["acme_*"] }),
    ];
    expect(maySee(grants, "keys:read", subject)).toBe(false);
  });
});

describe("granting a key", () => {
  const maker = (constraint: Constraint) => role(["keys:create"], constraint);
  const may = (grants: readonly Grant[], scopes: readonly string[]) => mayGrant(grants, "keys:create", subject, scopes);

  it("is allowed within what one role may hand on", () => {
    expect(may([role(["keys:create"])], ["*"])).toBe(true);
    expect(may([maker({ scopes: ["orders:*", "users:read"] })], ["orders:read", "orders:*", "users:read"])).toBe(true);
    expect(may([maker({ owners: ["acct_*"], prefixes: ["acme_*"], scopes: ["orders:*"] })], [])).toBe(true);
  });

  it.each<[string, readonly Grant[], readonly string[]]>([
    ["a scope beyond the role's", [maker({ scopes: ["orders:*"] })], ["orders:read", "users:read"]],
    ["a wildcard wider than the role's", [maker({ scopes: ["orders:*"] })], ["*"]],
    ["an open end where the role has one segment", [maker({ scopes: ["orders:*:read"] })], ["orders:*"]],
    ["another owner", [maker({ owners: ["team_*"] })], []],
    ["another prefix", [maker({ prefixes: ["lk_*"] })], []],
    ["no permission", [role(["keys:read"])], []],
    ["no role", [], []],
  ])("is refused with %s", (_name, grants, scopes) => {
    expect(may(grants, scopes)).toBe(false);
  });

  it.each<[string, readonly Grant[]]>([
    ["each scope is allowed by another role", [maker({ scopes: ["orders:*"] }), maker({ scopes: ["users:*"] })]],
    [
      "one role has the scopes and another the owner",
      [maker({ owners: ["acct_*"], scopes: [] }), maker({ owners: ["x"] })],
    ],
    ["one role has the right and another the permission", [role(["keys:read"]), maker({ prefixes: ["lk_*"] })]],
  ])("never mixes roles: %s", (_name, grants) => {
    expect(may(grants, ["orders:read", "users:read"])).toBe(false);
  });
});

describe("acting on a prefix", () => {
  it("looks at the prefixes alone, of a role that has the permission", () => {
    const grants = [role(["keys:validate"], { prefixes: ["acme_*"], owners: ["team_*"] }), role(["keys:read"])];
    expect(mayActOnPrefix(grants, "keys:validate", "acme_live")).toBe(true);
    expect(mayActOnPrefix(grants, "keys:validate", "lk_live")).toBe(false);
    expect(mayActOnPrefix([role(["keys:validate"])], "keys:validate", "lk_live")).toBe(true);
  });
});

describe("a tampered record", () => {
  const stored = (tampered: boolean) => ({ key: aKey(subject), tampered, lastUsedAt: null });

  it("is seen only by whom no constraint narrows", () => {
    const narrowed = [role(["keys:read"], { owners: ["acct_*"] })];
    expect(isVisible(narrowed, "keys:read", stored(false))).toBe(true);
    expect(isVisible(narrowed, "keys:read", stored(true))).toBe(false);
    expect(isVisible([role(["keys:read"])], "keys:read", stored(true))).toBe(true);
  });
});
