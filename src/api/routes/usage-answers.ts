import * as z from "zod/mini";
import { answerOf } from "../answer.ts";
import { time, whole } from "../answer-values.ts";

const outcomeCounts = z.record(z.string(), whole("How many validations ended so.")).check(
  z.meta({
    id: "OutcomeCounts",
    description:
      "By the code of the verdict: `valid`, `tampered`, `revoked`, `expired`, `rotated`, `disabled`, `insufficient_scope`. What did not happen is not there; there may be new ones.",
  }),
);

const bucket = z
  .object({ hour: time("When the hour began."), outcomes: outcomeCounts })
  .check(z.meta({ id: "UsageBucket", description: "An hour in which the key was validated." }));

export const keyUsageAnswer = answerOf(
  z
    .object({ buckets: z.array(bucket) })
    .check(z.meta({ id: "KeyUsage", description: "How validations of a key ended, in the order of the hours." })),
  { buckets: [{ hour: "2026-11-20T14:00:00.000Z", outcomes: { valid: 12, expired: 1 } }] },
);

const statusCounts = z
  .object({
    active: whole("Good, and without a successor."),
    rotating: whole("Good, with a successor, in grace."),
    disabled: whole("Refused until they are enabled."),
    rotated: whole("Their grace is over."),
    expired: whole("Their expiry is past."),
    revoked: whole("Revoked."),
  })
  .check(z.meta({ id: "StatusCounts", description: "Each key once. There may be new statuses." }));

const keyCounts = z.object({ total: whole("All of them."), byStatus: statusCounts });

const recentCounts = z.object({ last24Hours: outcomeCounts, last30Days: outcomeCounts });

export const statsAnswer = answerOf(
  z
    .object({
      keys: keyCounts.check(z.meta({ id: "KeyCounts", description: "How many keys there are." })),
      expiringIn7Days: whole("Keys neither revoked, expired nor rotated that expire within 7 days."),
      inGrace: whole("Keys with a successor that are still in grace, disabled ones too."),
      unusedFor30Days: whole(
        "Keys neither revoked, expired nor rotated that were neither made nor accepted today or on the 30 days before (UTC).",
      ),
      validations: recentCounts.check(
        z.meta({
          id: "RecentValidations",
          description: "By whole hours: the present one and the 23, or 719, before it.",
        }),
      ),
      complete: z
        .boolean()
        .check(z.describe("False: there was more than may be looked at in one go, and the figures are of a part.")),
    })
    .check(z.meta({ id: "Statistics", description: "Figures about the keys the caller may see." })),
  {
    keys: { total: 7, byStatus: { active: 3, rotating: 1, disabled: 1, rotated: 1, expired: 0, revoked: 1 } },
    expiringIn7Days: 1,
    inGrace: 1,
    unusedFor30Days: 2,
    validations: { last24Hours: { valid: 120 }, last30Days: { valid: 3410, expired: 2 } },
    complete: true,
  },
);
