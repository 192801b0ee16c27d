import * as z from "zod/mini";
import { permissions } from "../../core/access/permissions.ts";
import { answerOf } from "../answer.ts";
import { idOf, lifeExample, lifeMembers, pageOf, told } from "../answer-values.ts";

const anId = "adm_0Vb3Zt2azz3cD5eF7gHk";

export const adminSchema = z
  .object({
    id: idOf("Names this admin key; it may be logged.", anId),
    lineage: idOf("The id of the first key of its chain: it stays through all rotations.", anId),
    name: told("As given."),
    hint: told("To recognize the admin key by: its prefix and its last four characters."),
    roles: z.array(z.string()).check(z.describe("The roles it holds.")),
    ...lifeMembers,
    tampered: z.optional(
      z
        .literal(true)
        .check(
          z.describe("Only there when the stored record is not the one Latchkey signed: do not believe its members."),
        ),
    ),
  })
  .check(z.meta({ id: "Admin", description: "Who manages keys: a person or a program, with an admin key." }));

export const adminExample = {
  id: anId,
  lineage: anId,
  name: "First owner",
  hint: "lk_admin_...7xQa",
  roles: ["owner"],
  ...lifeExample,
};

export const createdAdminAnswer = answerOf(
  z
    .intersection(adminSchema, z.object({ key: told("The whole admin key, for the only time: keep it.") }))
    .check(z.meta({ id: "AdminCreated", description: "An admin that was just made, with its key." })),
  { ...adminExample, key: "lk_admin_0Vb3Zt2azz3cD5eF7gHk_<47 more characters>" },
);

export const adminParameters = {
  id: idOf("The `id` of an admin: `adm_` and 20 characters. One that is not well formed is a 404.", anId),
};

const replacedExample = {
  ...adminExample,
  status: "rotating" as const,
  rotation: { predecessor: null, successor: "adm_0Vb3aXyzzzk93qfKF50N", graceEndsAt: "2026-11-21T14:18:10.937Z" },
  version: 2,
};

export const adminAnswer = answerOf(adminSchema, adminExample);

export const rotatedAdminAnswer = answerOf(
  z
    .intersection(
      adminSchema,
      z.object({ key: told("The whole new admin key, for the only time: keep it."), replaced: adminSchema }),
    )
    .check(z.meta({ id: "AdminRotated", description: "The admin under its new id, and the key it replaces." })),
  {
    ...adminExample,
    id: "adm_0Vb3aXyzzzk93qfKF50N",
    rotation: { predecessor: anId, successor: null, graceEndsAt: null },
    key: "lk_admin_0Vb3aXyzzzk93qfKF50N_<47 more characters>",
    replaced: replacedExample,
  },
);

export const revokedAdminAnswer = answerOf(
  z
    .intersection(
      adminSchema,
      z.object({ alsoRevoked: z.array(z.string()).check(z.describe("The ids of older keys that were revoked too.")) }),
    )
    .check(z.meta({ id: "AdminRevoked", description: "The admin, and which older keys were revoked with it." })),
  {
    ...adminExample,
    status: "revoked",
    revokedAt: "2026-11-20T15:02:41.100Z",
    revocationReason: "owner_left",
    version: 2,
    alsoRevoked: [],
  },
);

export const adminListAnswer = answerOf(
  pageOf(adminSchema, "Newest first.").check(z.meta({ id: "AdminList", description: "A page of admins." })),
  { items: [adminExample], nextCursor: null },
);

const globs = (what: string) => z.optional(z.array(z.string()).check(z.describe(what)));

export const constraintSchema = z
  .object({
    owners: globs("Only keys of these owners; `*` is any run of characters."),
    prefixes: globs("Only keys with these prefixes; `*` is any run of characters."),
    scopes: globs("Only these scopes may be handed on."),
  })
  .check(z.meta({ id: "Constraint", description: "What a role is narrowed to." }));

const grantSchema = z
  .object({
    role: told("The role that gives it."),
    permissions: z.array(z.enum(permissions)),
    constraint: z.nullable(constraintSchema),
  })
  .check(z.meta({ id: "Grant", description: "The permissions of one role within its constraint. Roles never mix." }));

export const rightsMembers = {
  permissions: z.array(z.enum(permissions)).check(z.describe("All that some role gives.")),
  grants: z.array(grantSchema),
};

const someRights = ["keys:read" as const, "keys:validate" as const];
export const rightsExample = {
  permissions: someRights,
  grants: [{ role: "support", permissions: someRights, constraint: { owners: ["acct_*"] } }],
};

export const meAnswer = answerOf(
  z
    .intersection(adminSchema, z.object(rightsMembers))
    .check(z.meta({ id: "Me", description: "The admin who asks, and what they may do." })),
  { ...adminExample, ...rightsExample },
);
