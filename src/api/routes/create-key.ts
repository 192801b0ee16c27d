import * as z from "zod/mini";
import { defaultPrefix } from "../../core/api-key/key-string.ts";
import type { Expiry } from "../../core/use-cases/create-key.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { truth } from "../schema.ts";
import { createdKeyAnswer } from "./key-answers.ts";
import { metadataValue, nameValue, ownerValue, prefixValue, scopesValue, timestampValue } from "./key-values.ts";

const tenYearsInSeconds = 315_360_000;
const seconds = `must be a whole number from 1 to ${tenYearsInSeconds}`;

const body = z
  .strictObject(
    {
      name: nameValue,
      owner: ownerValue,
      scopes: z.optional(scopesValue),
      prefix: z.optional(prefixValue).check(z.meta({ default: defaultPrefix })),
      expiresAt: z
        .optional(timestampValue)
        .check(
          z.describe(
            "A time in the future (RFC 3339, any offset). Without it and `expiresInSeconds` it never expires.",
          ),
        ),
      expiresInSeconds: z.optional(
        z
          .int(seconds)
          .check(
            z.minimum(1, seconds),
            z.maximum(tenYearsInSeconds, seconds),
            z.describe("How long it is good, from now on. Not beside `expiresAt`."),
          ),
      ),
      metadata: z.optional(metadataValue),
      enabled: z.optional(truth(true)).check(z.describe("A key made with false is refused as `disabled`.")),
      recoverable: z
        .optional(truth(true))
        .check(z.describe("True keeps it encrypted as a whole, so that it can be revealed; false only its SHA-256.")),
    },
    "must be an object",
  )
  .check(
    z.refine(({ expiresAt, expiresInSeconds }) => expiresAt === undefined || expiresInSeconds === undefined, {
      message: "give expiresAt or expiresInSeconds, not both",
      path: ["expiresInSeconds"],
    }),
  );

const expiryOf = ({ expiresAt, expiresInSeconds }: z.infer<typeof body>): Expiry | null => {
  if (expiresAt !== undefined) return { at: expiresAt };
  return expiresInSeconds === undefined ? null : { inSeconds: expiresInSeconds };
};

export const createKey = route(
  {
    method: "POST",
    path: "/v1/keys",
    operationId: "createKey",
    tag: "Keys",
    summary: "Create a key",
    description: "One role of the caller must itself allow this owner, this prefix and all of these scopes.",
    access: { permission: "keys:create" },
    body,
    bodyExamples: {
      "The least": { name: "First key", owner: "acct_1" },
      "For a day, with scopes": {
        name: "Production server",
        owner: "acct_42",
        prefix: "acme_live",
        scopes: ["orders:*"],
        expiresInSeconds: 86_400,
        metadata: { team: "payments" },
      },
    },
    onceOnly: true,
    success: {
      status: 201,
      description: "The key, and for the only time its secret as `key`.",
      answer: createdKeyAnswer,
      headers: ["Location", "ETag"],
    },
    refusals: ["exceeds_grantor", "tampered"],
  },
  async ({ body: given, caller, ready }) => {
    const answer = await ready.manager.execute(
      {
        type: "create-key",
        name: given.name,
        owner: given.owner,
        prefix: given.prefix ?? defaultPrefix,
        scopes: [...new Set(given.scopes ?? [])],
        metadata: given.metadata ?? {},
        enabled: given.enabled ?? true,
        recoverable: given.recoverable ?? true,
        expiry: expiryOf(given),
      },
      caller,
    );
    if (!answer.ok) return problemOf(answer.failure);
    const { id, version } = answer.value;
    return json(201, answer.value, { Location: `/v1/keys/${id}`, ETag: `"${version}"` });
  },
);
