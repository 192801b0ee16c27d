import * as z from "zod/mini";
import { isId } from "../../core/api-key/key-string.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { truth } from "../schema.ts";

export const cancelRotation = route(
  {
    method: "POST",
    path: "/v1/keys/:id/rotation/cancel",
    summary: "Take a rotation back: the old key is the key again, the successor is revoked",
    access: { permission: "keys:rotate" },
    body: z.strictObject({ force: z.optional(truth()) }, "must be an object"),
    success: { status: 200, description: "The old key, active again." },
    refusals: [
      "key_not_found",
      "version_mismatch",
      "exceeds_grantor",
      "tampered",
      "not_rotating",
      "successor_rotated",
      "successor_in_use",
    ],
  },
  async ({ parameters: { id }, body, caller, condition, ready }) => {
    if (!isId("key", id)) return { code: "key_not_found" };
    const answer = await ready.manager.execute(
      { type: "cancel-rotation", id, force: body.force ?? false, ...condition },
      caller,
    );
    if (!answer.ok) return problemOf(answer.failure);
    return json(200, answer.value, { ETag: `"${answer.value.version}"` });
  },
);
