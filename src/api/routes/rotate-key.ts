import * as z from "zod/mini";
import { isId } from "../../core/api-key/key-string.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { keyParameters, rotatedKeyAnswer } from "./key-answers.ts";
import { graceSecondsDefault, graceSecondsValue } from "./key-values.ts";

export const rotateKey = route(
  {
    method: "POST",
    path: "/v1/keys/:id/rotate",
    operationId: "rotateKey",
    tag: "Keys",
    summary: "Replace a key by a new one, the old one good for a while longer",
    description:
      "The successor has a new id and a new secret, and all else from the old key. The old key works on until its grace ends, at its own expiry at the latest.",
    access: { permission: "keys:rotate" },
    parameters: keyParameters,
    body: z.strictObject({ graceSeconds: z.optional(graceSecondsValue) }, "must be an object"),
    bodyExamples: {
      "With an hour of grace": { graceSeconds: 3600 },
      "With a day of grace": {},
      "At once": { graceSeconds: 0 },
    },
    onceOnly: true,
    success: {
      status: 201,
      description: "The successor, its secret as `key`, and the old key as `replaced`.",
      answer: rotatedKeyAnswer,
      headers: ["Location", "ETag"],
    },
    refusals: [
      "key_not_found",
      "version_mismatch",
      "exceeds_grantor",
      "tampered",
      "key_revoked",
      "key_expired",
      "already_rotated",
      "key_disabled",
      "too_many_in_grace",
    ],
  },
  async ({ parameters: { id }, body, caller, condition, ready }) => {
    if (!isId("key", id)) return { code: "key_not_found" };
    const { graceSeconds = graceSecondsDefault } = body;
    const answer = await ready.manager.execute({ type: "rotate-key", id, graceSeconds, ...condition }, caller);
    if (!answer.ok) return problemOf(answer.failure);
    const { id: successor, version } = answer.value;
    return json(201, answer.value, { Location: `/v1/keys/${successor}`, ETag: `"${version}"` });
  },
);
