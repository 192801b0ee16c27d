import { describe, expect, it } from "vitest";
import { permissions } from "../../src/core/access/permissions.ts";
import { grantsOf } from "../../src/core/access/role.ts";

/** Rows are permissions; columns the built-in roles that hold them. */
const matrix = `
  permission      owner operator issuer auditor validator
  keys:create     x     x        x      -       -
  keys:read       x     x        x      x       -
  keys:update     x     x        -      -       -
  keys:rotate     x     x        x      -       -
  keys:revoke     x     x        x      -       -
  keys:delete     x     -        -      -       -
  keys:reveal     x     -        -      -       -
  keys:validate   x     x        -      -       x
  admins:read     x     -        -      x       -
  admins:manage   x     -        -      -       -
  roles:read      x     x        -      x       -
  roles:manage    x     -        -      -       -
  events:read     x     x        -      x       -
  system:read     x     -        -      x       -
  system:manage   x     -        -      -       -
`;

const [head = [], ...rows] = matrix
  .trim()
  .split("\n")
  .map((line) => line.trim().split(/\s+/));
const roles = head.slice(1);

const permissionsOf = (role: string): string[] =>
  rows.filter((row) => row[head.indexOf(role)] === "x").map(([permission = ""]) => permission);

const noneStored = { find: () => undefined };

describe("the permissions", () => {
  it("are these fifteen", () => {
    expect([...permissions].toSorted()).toEqual(rows.map(([permission]) => permission).toSorted());
    expect(permissions).toHaveLength(15);
  });
});

describe("the built-in roles", () => {
  it.each(roles)("give %s exactly its column, unconstrained", (role) => {
    const [grant, ...others] = grantsOf(noneStored, [role]);
    expect(others).toEqual([]);
    expect(grant).toMatchObject({ role, constraint: null });
    expect([...(grant?.permissions ?? [])].toSorted()).toEqual(permissionsOf(role).toSorted());
  });

  it("stay apart when one admin has several", () => {
    expect(grantsOf(noneStored, ["validator", "auditor"]).map(({ role }) => role)).toEqual(["validator", "auditor"]);
  });

  it.each(["nobody", "Owner", "", "__proto__", "constructor", "toString", "hasOwnProperty"])(
    "give nothing to an unknown role called %j",
    (role) => {
      expect(grantsOf(noneStored, [role])).toEqual([]);
    },
  );
});
