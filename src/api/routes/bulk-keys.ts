import * as z from "zod/mini";
import { holds } from "../../core/access/decide.ts";
import type { Permission } from "../../core/access/permissions.ts";
import { type BulkAction, bulkActions } from "../../core/use-cases/bulk-keys.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { listOf, text, truth } from "../schema.ts";
import { bulkAnswer } from "./key-answers.ts";
import { reasonValue } from "./key-values.ts";

const idsMax = 200;

const permissionOf: Readonly<Record<BulkAction, Permission>> = {
  enable: "keys:update",
  disable: "keys:update",
  revoke: "keys:revoke",
};

export const bulkKeys = route(
  {
    method: "POST",
    path: "/v1/keys/bulk",
    operationId: "bulkKeys",
    tag: "Keys",
    summary: "Enable, disable or revoke many keys, each by itself",
    description:
      "Each key is judged and done as if it had been asked for alone: one that is refused holds up no other. With `dryRun` nothing is done, and the answer tells what would come of it.",
    access: { anyOf: ["keys:update", "keys:revoke"] },
    bodyBytesMax: 1_048_576,
    body: z.strictObject(
      {
        ids: listOf(
          text((id) => id.length <= 64, "an id", { maxLength: 64, examples: ["key_0Vb3Zt2a7B3cD5eF7gHk"] }),
          idsMax,
        ).check(z.minLength(1, "must hold at least one id"), z.describe("Which keys, up to 200.")),
        action: z
          .enum(bulkActions, `must be one of ${bulkActions.join(", ")}`)
          .check(
            z.describe("What to do with each; enabling and disabling take `keys:update`, revoking `keys:revoke`."),
          ),
        reason: z.optional(reasonValue),
        dryRun: z.optional(truth(false)).check(z.describe("True does nothing and tells what would be done.")),
      },
      "must be an object",
    ),
    bodyExamples: {
      "Revoke after a leak": { ids: ["key_0Vb3Zt2a7B3cD5eF7gHk"], action: "revoke", reason: "leaked" },
      "What would come of it": { ids: ["key_0Vb3Zt2a7B3cD5eF7gHk"], action: "disable", dryRun: true },
    },
    success: {
      status: 200,
      description: "For each id, in the order given, whether it was done, or why not.",
      answer: bulkAnswer,
    },
    refusals: [],
  },
  async ({ body: { ids, action, reason = null, dryRun = false }, caller, ready }) => {
    const permission = permissionOf[action];
    if (!holds(caller.grants, permission)) return { code: "forbidden", facts: { permission } };
    const answer = await ready.manager.execute({ type: "bulk-keys", ids, action, reason, dryRun }, caller);
    return answer.ok ? json(200, answer.value) : problemOf(answer.failure);
  },
);
