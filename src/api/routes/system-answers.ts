import * as z from "zod/mini";
import { answerOf } from "../answer.ts";
import { textOrNull, timeOrNull, told, whole } from "../answer-values.ts";

const shard = z
  .object({ object: told("Its name."), keys: whole("How many keys it holds, whatever their status.") })
  .check(z.meta({ id: "Shard", description: "One of the objects that keys are spread over." }));

const source = z
  .object({
    name: told("The setting: `ENCRYPTION_KEY`, `HMAC_SECRET`, or one of them with `_FALLBACK`."),
    servedBy: z
      .enum(["worker_secret", "secrets_store"])
      .check(z.describe("Where it comes from. There may be new sources.")),
    health: z
      .enum(["ok", "changed", "unavailable"])
      .check(
        z.describe(
          "As it was read for this answer: `changed` is another value than the one in use, which the next deployment takes up; `unavailable` cannot be read now.",
        ),
      ),
    note: textOrNull("What is worth knowing of it, in words."),
  })
  .check(z.meta({ id: "SecretSource", description: "Where one of the manager's own secrets comes from." }));

const fingerprint = z
  .object({
    kind: z.enum(["encryption", "hmac"]).check(z.describe("Of ENCRYPTION_KEY or of HMAC_SECRET.")),
    fingerprint: told("16 hexadecimal digits; `npm run secrets -- fingerprint` tells them of a file."),
    configured: z
      .enum(["primary", "fallback", "absent"])
      .check(z.describe("What it is to the deployment that answers.")),
    adoptedAt: timeOrNull("When something was first written under it; null: never."),
    records: whole("How many records it still protects, in all objects together."),
    removable: z
      .boolean()
      .check(z.describe("True: it is a fallback, and nothing needs it any more. Taking it away harms nothing.")),
  })
  .check(z.meta({ id: "SecretFingerprint", description: "One of the manager's own secrets, past or present." }));

export const systemAnswer = answerOf(
  z
    .object({
      version: told("Of the software."),
      shards: z.array(shard).check(z.describe("Every shard that ever held a key.")),
      sources: z.array(source).check(z.describe("Of the secrets that are given, as this isolate sees them.")),
      fingerprints: z.array(fingerprint).check(z.describe("The configured ones of each kind first.")),
    })
    .check(z.meta({ id: "System", description: "How the manager is set up, and how it is." })),
  {
    version: "0.1.0",
    shards: [{ object: "shard-00", keys: 1204 }],
    sources: [{ name: "ENCRYPTION_KEY", servedBy: "worker_secret", health: "ok", note: null }],
    fingerprints: [
      {
        kind: "encryption",
        fingerprint: "5f0c9b7a1e2d3c48",
        configured: "primary",
        adoptedAt: "2026-11-20T14:18:10.937Z",
        records: 1211,
        removable: false,
      },
    ],
  },
);

export const reencryptionAnswer = answerOf(
  z
    .object({
      state: z
        .enum(["idle", "running", "paused", "done"])
        .check(
          z.describe(
            "`idle`: none was started since the present secrets are in use. `paused`: by an admin, or because of `missingSecrets`.",
          ),
        ),
      moved: whole("Records made anew under the present secrets so far."),
      left: whole("Records that are still under others, but for those in quarantine."),
      quarantined: z
        .array(z.string())
        .check(
          z.describe(
            "Records that are not as they were written, and stay as they are: by id, or by table and place. The first 500 of each object.",
          ),
        ),
      quarantinedCount: whole("How many they are."),
      missingSecrets: z
        .array(z.string())
        .check(z.describe("Fingerprints of secrets that records are under and that are not configured.")),
      perSecond: z.number().check(z.describe("Records made anew in a second, on average; 0 while nothing runs.")),
      secondsLeft: z
        .nullable(z.number())
        .check(
          z.describe("At that rate; null where nothing can be said. An object that is to begin yet is not known."),
        ),
    })
    .check(z.meta({ id: "Reencryption", description: "How far all records are on their way to the present secrets." })),
  {
    state: "running",
    moved: 700,
    left: 511,
    quarantined: ["key_0Vb3Zt2a7B3cD5eF7gHk"],
    quarantinedCount: 1,
    missingSecrets: [],
    perSecond: 1380.5,
    secondsLeft: 1,
  },
);
