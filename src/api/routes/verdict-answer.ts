import * as z from "zod/mini";
import { answerOf } from "../answer.ts";
import { idOf, textOrNull, timeOrNull, told, whole } from "../answer-values.ts";

const anId = "key_0Vb3Zt2a7B3cD5eF7gHk";
const lineage = idOf("The id of the first key of its chain.", anId);

const warning = z
  .object({
    code: told("`rotating`: it has a successor. There may be new ones."),
    successor: z.optional(told("The id of the key to change over to.")),
    graceEndsAt: z.optional(z.string().check(z.meta({ format: "date-time", description: "When it stops working." }))),
  })
  .check(z.meta({ id: "Warning", description: "The key is good now and will not be for long." }));

const accepted = z
  .object({
    valid: z.literal(true),
    code: z.literal("valid"),
    id: idOf("Names the key.", anId),
    lineage,
    owner: told("Whose key it is."),
    name: told("What it is called."),
    prefix: told("What it begins with."),
    scopes: z.array(z.string()).check(z.describe("All it may do.")),
    metadata: z.record(z.string(), z.unknown()),
    expiresAt: timeOrNull("The last millisecond at which it is good; null means never to expire."),
    validUntil: timeOrNull("The earlier of its expiry and the end of its grace."),
    warnings: z.array(warning),
  })
  .check(z.meta({ id: "Accepted", description: "The key is good for what was asked." }));

const codes = [
  "malformed",
  "wrong_prefix",
  "unknown",
  "tampered",
  "revoked",
  "expired",
  "rotated",
  "disabled",
  "insufficient_scope",
] as const;

const refused = z
  .object({
    valid: z.literal(false),
    code: z.enum(codes).check(z.describe("Why. There may be new ones: go by `httpStatus` where you do not know one.")),
    httpStatus: whole("What to answer your own client with: 401 or 403."),
    id: z.optional(idOf("Names the key; only once its secret has matched.", anId)),
    lineage: z.optional(lineage),
    revokedAt: z.optional(timeOrNull("With `revoked`.")),
    expiresAt: z.optional(timeOrNull("With `expired`.")),
    graceEndsAt: z.optional(timeOrNull("With `rotated`.")),
    successor: z.optional(textOrNull("With `rotated`: the id of the key that took its place.")),
    missing: z.optional(z.array(z.string()).check(z.describe("With `insufficient_scope`: the scopes it lacks."))),
  })
  .check(z.meta({ id: "Refused", description: "The key is not good, or not for what was asked." }));

export const verdictAnswer = answerOf(
  z
    .discriminatedUnion("valid", [accepted, refused])
    .check(z.meta({ id: "Verdict", description: "Look at `valid`, then at `code`." })),
  {
    valid: true,
    code: "valid",
    id: anId,
    lineage: anId,
    owner: "acct_42",
    name: "Production server",
    prefix: "acme_live",
    scopes: ["orders:*"],
    metadata: {},
    expiresAt: null,
    validUntil: null,
    warnings: [],
  },
);
