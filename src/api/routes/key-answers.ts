import * as z from "zod/mini";
import { answerOf } from "../answer.ts";
import { idOf, lifeExample, lifeMembers, pageOf, timeOrNull, told } from "../answer-values.ts";

const anId = "key_0Vb3Zt2a7B3cD5eF7gHk";
const successorId = "key_0Vb3aXyz01k93qfKF50N";

export const keyParameters = {
  id: idOf("The `id` of a key: `key_` and 20 characters. One that is not well formed is a 404.", anId),
};

const keySchema = z
  .object({
    id: idOf("Names this key; it may be logged.", anId),
    lineage: idOf(
      "The id of the first key of its chain. It stays through all rotations: store this, act on `id`.",
      anId,
    ),
    name: told("As given."),
    owner: told("Whose key it is, in your words."),
    prefix: told("What the key string begins with; it never changes."),
    hint: told("To recognize the key by: its prefix and its last four characters."),
    scopes: z.array(z.string()).check(z.describe("What it may do; `*` stands for a whole segment.")),
    metadata: z.record(z.string(), z.unknown()).check(z.describe("An object of your own.")),
    recoverable: z.boolean().check(z.describe("Whether the secret can be shown once more.")),
    ...lifeMembers,
    lastUsedAt: timeOrNull("When a validation last accepted it; written down some seconds later."),
    tampered: z.optional(
      z
        .literal(true)
        .check(
          z.describe("Only there when the stored record is not the one Latchkey signed: do not believe its members."),
        ),
    ),
  })
  .check(z.meta({ id: "Key", description: "A key, without its secret." }));

const secret = z.string().check(
  z.meta({
    description: "The whole key string. Keep it: it is shown in this answer and, if at all, by reveal.",
    examples: ["acme_live_0Vb3Zt2a7B3cD5eF7gHk_<47 more characters>"],
  }),
);
const aSecret = "acme_live_0Vb3Zt2a7B3cD5eF7gHk_<47 more characters>";

const keyExample = {
  id: anId,
  lineage: anId,
  name: "Production server",
  owner: "acct_42",
  prefix: "acme_live",
  hint: "acme_live_...9Kq2",
  scopes: ["orders:read"],
  metadata: { team: "payments" },
  recoverable: true,
  ...lifeExample,
  lastUsedAt: null,
};

const replacedExample = {
  ...keyExample,
  status: "rotating" as const,
  rotation: { predecessor: null, successor: successorId, graceEndsAt: "2026-11-21T14:18:10.937Z" },
  version: 2,
};

export const keyAnswer = answerOf(keySchema, keyExample);

export const createdKeyAnswer = answerOf(
  z
    .intersection(keySchema, z.object({ key: secret }))
    .check(z.meta({ id: "KeyCreated", description: "A key that was just made, with its secret." })),
  { ...keyExample, key: aSecret },
);

export const rotatedKeyAnswer = answerOf(
  z
    .intersection(keySchema, z.object({ key: secret, replaced: keySchema }))
    .check(z.meta({ id: "KeyRotated", description: "The successor with its secret, and the key it replaces." })),
  {
    ...keyExample,
    id: successorId,
    rotation: { predecessor: anId, successor: null, graceEndsAt: null },
    key: "acme_live_0Vb3aXyz01k93qfKF50N_<47 more characters>",
    replaced: replacedExample,
  },
);

export const endedKeyAnswer = answerOf(keySchema, {
  ...replacedExample,
  status: "rotated",
  rotation: { ...replacedExample.rotation, graceEndsAt: "2026-11-20T15:02:41.100Z" },
  version: 3,
});

export const revokedKeyAnswer = answerOf(
  z
    .intersection(
      keySchema,
      z.object({
        alsoRevoked: z.array(z.string()).check(z.describe("The ids of the keys that this act revoked too.")),
      }),
    )
    .check(z.meta({ id: "KeyRevoked", description: "The key, and which others were revoked with it." })),
  {
    ...keyExample,
    status: "revoked",
    revokedAt: "2026-11-20T15:02:41.100Z",
    revocationReason: "leaked",
    revocationNote: "seen in a public log",
    version: 2,
    alsoRevoked: [],
  },
);

export const revealedKeyAnswer = answerOf(
  z.object({ key: secret }).check(z.meta({ id: "KeyRevealed", description: "The whole key." })),
  { key: aSecret },
);

export const keyListAnswer = answerOf(
  pageOf(keySchema, "Newest first.").check(z.meta({ id: "KeyList", description: "A page of keys." })),
  { items: [keyExample], nextCursor: null },
);

export const bulkAnswer = answerOf(
  z
    .object({
      results: z.array(
        z
          .object({
            id: told("As it was given."),
            ok: z.boolean().check(z.describe("Whether it was done.")),
            code: z.optional(told("Why not: a problem code.")),
            alsoRevoked: z.optional(
              z.array(z.string()).check(z.describe("Predecessors in grace that were revoked with it.")),
            ),
          })
          .check(z.meta({ id: "BulkResult", description: "What became of one key." })),
      ),
    })
    .check(z.meta({ id: "BulkResults", description: "One result for each id, in the order given." })),
  {
    results: [
      { id: anId, ok: true },
      { id: successorId, ok: false, code: "key_rotated" },
    ],
  },
);
