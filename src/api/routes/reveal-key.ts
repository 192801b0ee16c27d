import * as z from "zod/mini";
import { isId } from "../../core/api-key/key-string.ts";
import { isNote } from "../../core/api-key/values.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { text } from "../schema.ts";
import { keyParameters, revealedKeyAnswer } from "./key-answers.ts";

const reason = text((value) => isNote(value) && value.trim() !== "", "1 to 256 characters that say why", {
  minLength: 1,
  maxLength: 256,
  pattern: "\\S",
  examples: ["the customer lost it"],
});

export const revealKey = route(
  {
    method: "POST",
    path: "/v1/keys/:id/reveal",
    operationId: "revealKey",
    tag: "Keys",
    summary: "Show the secret of a recoverable key once more",
    access: { permission: "keys:reveal" },
    parameters: keyParameters,
    body: z.strictObject({ reason }, "must be an object"),
    bodyExamples: { "With the reason": { reason: "the customer lost it" } },
    success: {
      status: 200,
      description: "The whole key as `key`. Who asked, and why, is written down.",
      answer: revealedKeyAnswer,
    },
    refusals: ["key_not_found", "version_mismatch", "exceeds_grantor", "tampered", "not_recoverable", "key_revoked"],
  },
  async ({ parameters: { id }, body, caller, condition, ready }) => {
    if (!isId("key", id)) return { code: "key_not_found" };
    const answer = await ready.manager.execute({ type: "reveal-key", id, reason: body.reason, ...condition }, caller);
    return answer.ok ? json(200, answer.value) : problemOf(answer.failure);
  },
);
