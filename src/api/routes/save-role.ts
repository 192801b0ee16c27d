import * as z from "zod/mini";
import { isConstrainable, type Permission, permissions } from "../../core/access/permissions.ts";
import { isRoleName } from "../../core/access/role.ts";
import { isGrantedScope } from "../../core/api-key/scopes.ts";
import { isNote } from "../../core/api-key/values.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { listOf, text } from "../schema.ts";

const entriesMax = 64;

const someOf = <Item>(item: z.ZodMiniType<Item>, itemsMax: number) =>
  listOf(item, itemsMax).check(z.minLength(1, "must name at least one; to leave it open, leave it out"));

const ownerGlob = text(
  (glob) => /^[A-Za-z0-9*][A-Za-z0-9._~:@/|+=*-]{0,127}$/.test(glob),
  "an owner in which `*` is any run of characters",
);
const prefixGlob = text(
  (glob) => /^[a-z*][a-z0-9_*]{0,32}$/.test(glob),
  "a prefix in which `*` is any run of characters",
);
const scopeGrant = text(isGrantedScope, "segments of a-z 0-9 _ . - or *, joined by `:`, 128 at most");

const constraintValue = z
  .strictObject(
    {
      owners: z.optional(someOf(ownerGlob, entriesMax)),
      prefixes: z.optional(someOf(prefixGlob, entriesMax)),
      scopes: z.optional(someOf(scopeGrant, entriesMax)),
    },
    "must be an object",
  )
  .check(z.refine((constraint) => Object.keys(constraint).length > 0, "must name owners, prefixes or scopes"));

const body = z
  .strictObject(
    {
      permissions: someOf(z.enum(permissions, `must be one of ${permissions.join(", ")}`), permissions.length),
      description: z.optional(z.nullable(text(isNote, "256 characters at most, none of them a control character"))),
      constraint: z.optional(z.nullable(constraintValue)),
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
    summary: "Make a role, or replace one",
    access: { permission: "roles:manage" },
    body,
    success: { status: 201, description: "The role; 200 where there was one of that name." },
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
