import * as z from "zod/mini";
import { isId } from "../../core/api-key/key-string.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { truth } from "../schema.ts";
import { keyParameters, revokedKeyAnswer } from "./key-answers.ts";
import { noteValue, reasonValue } from "./key-values.ts";

export const revokeKey = route(
  {
    method: "POST",
    path: "/v1/keys/:id/revoke",
    operationId: "revokeKey",
    tag: "Keys",
    summary: "Revoke a key, and every predecessor still in grace",
    description:
      "The next validation that begins after this answer is refused. Again: nothing changes, and the first reason stays.",
    access: { permission: "keys:revoke" },
    parameters: keyParameters,
    body: z.strictObject(
      {
        reason: z.optional(reasonValue),
        note: z.optional(noteValue),
        lineage: z.optional(truth(false)).check(z.describe("True revokes every key of the chain, successors too.")),
      },
      "must be an object",
    ),
    bodyExamples: {
      "A leak": { reason: "leaked", note: "seen in a public log" },
      "The whole chain": { lineage: true },
    },
    onceOnly: true,
    success: {
      status: 200,
      description: "The key, and as `alsoRevoked` the ids of the others.",
      answer: revokedKeyAnswer,
      headers: ["ETag"],
    },
    refusals: ["key_not_found", "forbidden"],
  },
  async ({ parameters: { id }, body, caller, condition, ready }) => {
    if (!isId("key", id)) return { code: "key_not_found" };
    const { reason = null, note = null, lineage = false } = body;
    const answer = await ready.manager.execute({ type: "revoke-key", id, reason, note, lineage, ...condition }, caller);
    if (!answer.ok) return problemOf(answer.failure);
    return json(200, answer.value, { ETag: `"${answer.value.version}"` });
  },
);
