import * as z from "zod/mini";
import { isId } from "../../core/api-key/key-string.ts";
import type { UpdateKey } from "../../core/use-cases/update-key.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { truth } from "../schema.ts";
import { keyAnswer, keyParameters } from "./key-answers.ts";
import { metadataPatchValue, nameValue, ownerValue, scopesValue, timestampValue } from "./key-values.ts";

const body = z.strictObject(
  {
    name: z.optional(nameValue),
    owner: z.optional(ownerValue),
    scopes: z.optional(scopesValue),
    metadata: z.optional(z.nullable(metadataPatchValue)),
    expiresAt: z.optional(z.nullable(timestampValue)),
    enabled: z.optional(truth()).check(z.describe("False refuses the key until it is true again.")),
  },
  "must be an object",
);

/** Only what the patch names: a change that is there but undefined would be one. */
const commandOf = (id: string, { metadata, scopes, ...given }: z.infer<typeof body>): UpdateKey => {
  const named = scopes === undefined ? given : { ...given, scopes: [...new Set(scopes)] };
  const changes = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  return { type: "update-key", id, changes, ...(metadata === undefined ? {} : { metadata }) };
};

export const updateKey = route(
  {
    method: "PATCH",
    path: "/v1/keys/:id",
    operationId: "updateKey",
    tag: "Keys",
    summary: "Change a key by a merge patch",
    description:
      "What is not named stays (RFC 7396). Null clears `expiresAt`, `metadata` or a member of it. An expired key lives again with a later expiry; a grace never ends later for a patch.",
    access: { permission: "keys:update" },
    parameters: keyParameters,
    body,
    bodyExamples: { "Disable it": { enabled: false }, "Change metadata": { metadata: { ticket: "T-17", team: null } } },
    onceOnly: true,
    success: {
      status: 200,
      description: "The key as it is now; the same where the patch changes nothing.",
      answer: keyAnswer,
      headers: ["ETag"],
    },
    refusals: ["key_not_found", "version_mismatch", "exceeds_grantor", "tampered", "key_revoked", "key_rotated"],
  },
  async ({ parameters: { id }, body: given, caller, condition, ready }) => {
    if (!isId("key", id)) return { code: "key_not_found" };
    const answer = await ready.manager.execute({ ...commandOf(id, given), ...condition }, caller);
    if (!answer.ok) return problemOf(answer.failure);
    return json(200, answer.value, { ETag: `"${answer.value.version}"` });
  },
);
