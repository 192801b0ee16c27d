import * as z from "zod/mini";
import { isId } from "../../core/api-key/key-string.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { adminParameters, revokedAdminAnswer } from "./admin-answers.ts";
import { noteValue, reasonValue } from "./key-values.ts";

export const revokeAdmin = route(
  {
    method: "POST",
    path: "/v1/admins/:id/revoke",
    operationId: "revokeAdmin",
    tag: "Admins",
    summary: "Revoke an admin, and every older key of the same admin still in grace",
    description: "Its requests are refused from then on. The caller must hold every right of the admin it acts on.",
    access: { permission: "admins:manage" },
    parameters: adminParameters,
    body: z.strictObject({ reason: z.optional(reasonValue), note: z.optional(noteValue) }, "must be an object"),
    bodyExamples: { "Somebody left": { reason: "owner_left" } },
    onceOnly: true,
    success: {
      status: 200,
      description: "The admin, and as `alsoRevoked` the ids of the others.",
      answer: revokedAdminAnswer,
      headers: ["ETag"],
    },
    refusals: ["admin_not_found", "exceeds_grantor", "version_mismatch", "last_owner"],
  },
  async ({ parameters: { id }, body, caller, condition, ready }) => {
    if (!isId("adm", id)) return { code: "admin_not_found" };
    const { reason = null, note = null } = body;
    const answer = await ready.manager.execute({ type: "revoke-admin", id, reason, note, ...condition }, caller);
    return answer.ok ? json(200, answer.value, { ETag: `"${answer.value.version}"` }) : problemOf(answer.failure);
  },
);
