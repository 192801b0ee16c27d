import * as z from "zod/mini";
import { holds } from "../../core/access/decide.ts";
import type { Permission } from "../../core/access/permissions.ts";
import { type BulkAction, bulkActions } from "../../core/use-cases/bulk-keys.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { listOf, text, truth } from "../schema.ts";
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
    summary: "Enable, disable or revoke many keys, each by itself",
    access: { anyOf: ["keys:update", "keys:revoke"] },
    bodyBytesMax: 1_048_576,
    body: z.strictObject(
      {
        ids: listOf(
          text((id) => id.length <= 64, "an id"),
          idsMax,
        ).check(z.minLength(1, "must hold at least one id")),
        action: z.enum(bulkActions, `must be one of ${bulkActions.join(", ")}`),
        reason: z.optional(reasonValue),
        dryRun: z.optional(truth()),
      },
      "must be an object",
    ),
    success: { status: 200, description: "For each id, in the order given, whether it was done, or why not." },
    refusals: [],
  },
  async ({ body: { ids, action, reason = null, dryRun = false }, caller, ready }) => {
    const permission = permissionOf[action];
    if (!holds(caller.grants, permission)) return { code: "forbidden", facts: { permission } };
    const answer = await ready.manager.execute({ type: "bulk-keys", ids, action, reason, dryRun }, caller);
    return answer.ok ? json(200, answer.value) : problemOf(answer.failure);
  },
);
