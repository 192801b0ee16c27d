import * as z from "zod/mini";
import { isId } from "../../core/api-key/key-string.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { truth } from "../schema.ts";
import { keyAnswer, keyParameters } from "./key-answers.ts";

export const cancelRotation = route(
  {
    method: "POST",
    path: "/v1/keys/:id/rotation/cancel",
    operationId: "cancelRotation",
    tag: "Keys",
    summary: "Take a rotation back: the old key is the key again, the successor is revoked",
    description:
      "Asked of the old key, while it is in grace: it is the key again, with the secret it had. A successor that a validation has accepted is revoked only with `force`.",
    access: { permission: "keys:rotate" },
    parameters: keyParameters,
    body: z.strictObject(
      { force: z.optional(truth(false)).check(z.describe("Also when the successor is in use.")) },
      "must be an object",
    ),
    bodyExamples: { "In any case": { force: true }, "Only if nobody uses the successor": {} },
    onceOnly: true,
    success: { status: 200, description: "The old key, active again.", answer: keyAnswer, headers: ["ETag"] },
    refusals: [
      "key_not_found",
      "version_mismatch",
      "exceeds_grantor",
      "tampered",
      "not_rotating",
      "successor_rotated",
      "successor_in_use",
      "forbidden",
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
