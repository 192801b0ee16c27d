import * as z from "zod/mini";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { createdAdminAnswer } from "./admin-answers.ts";
import { rolesValue } from "./admin-values.ts";
import { nameValue, timestampValue } from "./key-values.ts";

export const createAdmin = route(
  {
    method: "POST",
    path: "/v1/admins",
    operationId: "createAdmin",
    tag: "Admins",
    summary: "Make an admin",
    description: "The caller must hold every right of the roles it gives, unconstrained where they are.",
    access: { permission: "admins:manage" },
    body: z.strictObject(
      {
        name: nameValue,
        roles: rolesValue,
        expiresAt: z
          .optional(timestampValue)
          .check(z.describe("A time in the future. Without it the key never expires.")),
      },
      "must be an object",
    ),
    bodyExamples: { "A service that hands out keys": { name: "Billing service", roles: ["issuer"] } },
    onceOnly: true,
    success: {
      status: 201,
      description: "The admin, and for the only time its admin key as `key`.",
      answer: createdAdminAnswer,
      headers: ["Location", "ETag"],
    },
    refusals: ["exceeds_grantor", "tampered"],
  },
  async ({ body, caller, ready }) => {
    const { name, expiresAt = null } = body;
    const roles = [...new Set(body.roles)];
    const answer = await ready.manager.execute({ type: "create-admin", name, roles, expiresAt }, caller);
    if (!answer.ok) return problemOf(answer.failure);
    const { id, version } = answer.value;
    return json(201, answer.value, { Location: `/v1/admins/${id}`, ETag: `"${version}"` });
  },
);
