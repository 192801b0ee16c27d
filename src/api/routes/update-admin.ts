import * as z from "zod/mini";
import { isId } from "../../core/api-key/key-string.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { truth } from "../schema.ts";
import { adminAnswer, adminParameters } from "./admin-answers.ts";
import { rolesValue } from "./admin-values.ts";
import { nameValue, timestampValue } from "./key-values.ts";

const body = z.strictObject(
  {
    name: z.optional(nameValue),
    roles: z.optional(rolesValue),
    expiresAt: z.optional(z.nullable(timestampValue)),
    enabled: z.optional(truth()).check(z.describe("False refuses the admin until it is true again.")),
  },
  "must be an object",
);

/** Only what the patch names: a change that is there but undefined would be one. */
const changesOf = ({ roles, ...given }: z.infer<typeof body>) => {
  const named = roles === undefined ? given : { ...given, roles: [...new Set(roles)] };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
};

export const updateAdmin = route(
  {
    method: "PATCH",
    path: "/v1/admins/:id",
    operationId: "updateAdmin",
    tag: "Admins",
    summary: "Change an admin by a merge patch",
    description:
      "What is not named stays (RFC 7396); null clears `expiresAt`. The caller must hold every right of the admin, before and after.",
    access: { permission: "admins:manage" },
    parameters: adminParameters,
    body,
    bodyExamples: { "Disable it": { enabled: false }, "Another role": { roles: ["operator"] } },
    onceOnly: true,
    success: {
      status: 200,
      description: "The admin as it is now; the same where the patch changes nothing.",
      answer: adminAnswer,
      headers: ["ETag"],
    },
    refusals: [
      "admin_not_found",
      "exceeds_grantor",
      "version_mismatch",
      "tampered",
      "key_revoked",
      "key_rotated",
      "last_owner",
    ],
  },
  async ({ parameters: { id }, body: given, caller, condition, ready }) => {
    if (!isId("adm", id)) return { code: "admin_not_found" };
    const command = { type: "update-admin", id, changes: changesOf(given), ...condition } as const;
    const answer = await ready.manager.execute(command, caller);
    return answer.ok ? json(200, answer.value, { ETag: `"${answer.value.version}"` }) : problemOf(answer.failure);
  },
);
