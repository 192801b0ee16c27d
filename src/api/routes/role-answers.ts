import * as z from "zod/mini";
import { permissions } from "../../core/access/permissions.ts";
import { answerOf } from "../answer.ts";
import { pageOf, textOrNull, timeOrNull, told, whole } from "../answer-values.ts";
import { constraintSchema } from "./admin-answers.ts";

export const roleParameters = {
  name: z
    .string()
    .check(z.meta({ description: "The name of a role. One that is not well formed is a 404.", examples: ["support"] })),
};

const roleSchema = z
  .object({
    name: told("What admins hold it by."),
    builtIn: z.boolean().check(z.describe("Built-in roles cannot be changed.")),
    description: textOrNull("What it is for."),
    permissions: z.array(z.enum(permissions)).check(z.describe("What it gives.")),
    constraint: z.nullable(constraintSchema),
    createdAt: timeOrNull("When it was made; null where it is built in."),
    updatedAt: timeOrNull("When it was last saved; null where it is built in."),
    version: whole("1, and one more with every change. The ETag holds it."),
    tampered: z.optional(
      z
        .literal(true)
        .check(z.describe("Only there when the stored record is not the one Latchkey signed: it gives no right.")),
    ),
  })
  .check(z.meta({ id: "Role", description: "Permissions under a name, perhaps within a constraint." }));

const example = {
  name: "support",
  builtIn: false,
  description: "Support",
  permissions: ["keys:read" as const, "keys:validate" as const],
  constraint: { owners: ["acct_*"] },
  createdAt: "2026-11-20T14:18:10.937Z",
  updatedAt: "2026-11-20T14:18:10.937Z",
  version: 1,
};

export const roleAnswer = answerOf(roleSchema, example);

export const roleListAnswer = answerOf(
  pageOf(roleSchema, "By name.").check(z.meta({ id: "RoleList", description: "A page of roles." })),
  { items: [example], nextCursor: null },
);
