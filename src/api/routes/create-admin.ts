import * as z from "zod/mini";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { rolesValue } from "./admin-values.ts";
import { nameValue, timestampValue } from "./key-values.ts";

export const createAdmin = route(
  {
    method: "POST",
    path: "/v1/admins",
    summary: "Make an admin",
    access: { permission: "admins:manage" },
    body: z.strictObject(
      { name: nameValue, roles: rolesValue, expiresAt: z.optional(timestampValue) },
      "must be an object",
    ),
    success: { status: 201, description: "The admin, and for the only time its admin key as `key`." },
    refusals: ["exceeds_grantor"],
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
