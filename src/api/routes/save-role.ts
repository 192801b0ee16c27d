import * as z from "zod/mini";
import { isConstrainable, type Permission, permissions } from "../../core/access/permissions.ts";
import { isRoleName } from "../../core/access/role.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { listOf, text } from "../schema.ts";
import { grantedScopeValue, noteValue } from "./key-values.ts";
import { roleAnswer, roleParameters } from "./role-answers.ts";

const entriesMax = 64;

const someOf = <Item>(item: z.ZodMiniType<Item>, itemsMax: number) =>
  listOf(item, itemsMax).check(z.minLength(1, "must name at least one; to leave it open, leave it out"));

const ownerGlobPattern = /^[A-Za-z0-9*][A-Za-z0-9._~:@/|+=*-]{0,127}$/;
export const ownerGlob = text((glob) => ownerGlobPattern.test(glob), "an owner in which `*` is any run of characters", {
  pattern: ownerGlobPattern.source,
  examples: ["acct_*"],
});
const prefixGlobPattern = /^[a-z*][a-z0-9_*]{0,32}$/;
export const prefixGlob = text(
  (glob) => prefixGlobPattern.test(glob),
  "a prefix in which `*` is any run of characters",
  {
    pattern: prefixGlobPattern.source,
    examples: ["acme_*"],
  },
);

const constraintValue = z
  .strictObject(
    {
      owners: z.optional(someOf(ownerGlob, entriesMax)).check(z.describe("Only keys of these owners.")),
      prefixes: z.optional(someOf(prefixGlob, entriesMax)).check(z.describe("Only keys with these prefixes.")),
      scopes: z
        .optional(someOf(grantedScopeValue, entriesMax))
        .check(z.describe("Only these scopes may be handed on.")),
    },
    "must be an object",
  )
  .check(z.refine((constraint) => Object.keys(constraint).length > 0, "must name owners, prefixes or scopes"));

const body = z
  .strictObject(
    {
      permissions: someOf(z.enum(permissions, `must be one of ${permissions.join(", ")}`), permissions.length).check(
        z.describe("What it gives; with a constraint only `keys:*` and `events:read`."),
      ),
      description: z.optional(z.nullable(noteValue)).check(z.describe("What it is for; at most 256 characters.")),
      constraint: z
        .optional(z.nullable(constraintValue))
        .check(z.describe("What it is narrowed to; null or absent is nothing.")),
    },
    "must be an object",
  )
  .check(
    z.refine(({ permissions: held, constraint }) => constraint == null || held.every(isConstrainable), {
      message: "may hold only `keys:*` and `events:read` where there is a constraint",
      path: ["permissions"],
    }),
  );

const unique = <Value>(values: readonly Value[]): Value[] => [...new Set(values)];

/** In the one order, each entry once: the same role is saved in the same words. */
const contentOf = ({ permissions: held, description, constraint }: z.infer<typeof body>) => ({
  permissions: permissions.filter((permission: Permission) => held.includes(permission)),
  description: description ?? null,
  constraint: constraint
    ? Object.fromEntries(Object.entries(constraint).map(([name, entries]) => [name, unique(entries ?? [])]))
    : null,
});

export const saveRole = route(
  {
    method: "PUT",
    path: "/v1/roles/:name",
    operationId: "saveRole",
    tag: "Roles",
    summary: "Make a role, or replace one",
    description:
      "The caller must hold every right of the role, before and after. Its holders have the new rights from their next request on.",
    access: { permission: "roles:manage" },
    parameters: roleParameters,
    body,
    bodyExamples: {
      "Reads and checks some owners' keys": {
        permissions: ["keys:read", "keys:validate"],
        description: "Support",
        constraint: { owners: ["acct_*"] },
      },
    },
    onceOnly: true,
    success: [
      { status: 201, description: "A new role.", answer: roleAnswer, headers: ["Location", "ETag"] },
      { status: 200, description: "The role of that name, as it is now.", answer: roleAnswer, headers: ["ETag"] },
    ],
    refusals: ["role_not_found", "exceeds_grantor", "version_mismatch", "built_in_role", "tampered"],
  },
  async ({ parameters: { name }, body: given, caller, condition, ready }) => {
    if (!isRoleName(name))
      return { code: "role_not_found", detail: "A role's name is a-z, 0-9, _ and -, 64 at most, a letter first." };
    const answer = await ready.manager.execute({ type: "save-role", name, ...contentOf(given), ...condition }, caller);
    if (!answer.ok) return problemOf(answer.failure);
    const { isNew, ...role } = answer.value;
    const location = isNew ? { Location: `/v1/roles/${name}` } : {};
    return json(isNew ? 201 : 200, role, { ...location, ETag: `"${role.version}"` });
  },
);
