import * as z from "zod/mini";
import { reencryptionReport } from "../../core/system-report.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { reencryptionAnswer } from "./system-answers.ts";

const actions = ["start", "pause"] as const;

export const startReencryption = route(
  {
    method: "POST",
    path: "/v1/system/reencrypt",
    operationId: "startReencryption",
    tag: "System",
    summary: "Bring every record under the present secrets, or pause that",
    description:
      "Every object does its part in the background, while everything else goes on. Starting what runs changes nothing, a pause is taken up where it was, and after the end another start looks through all records again. Once nothing needs an old secret any more, `GET /v1/system` says that it may be removed.",
    access: { permission: "system:manage" },
    body: z.strictObject(
      {
        action: z
          .optional(z.enum(actions, `must be one of ${actions.join(", ")}`))
          .check(z.describe("Default `start`.")),
      },
      "must be an object",
    ),
    bodyExamples: { Start: {}, Pause: { action: "pause" } },
    success: { status: 202, description: "Asked for. How far it is.", answer: reencryptionAnswer },
    refusals: [],
  },
  async ({ body: { action = "start" }, caller, ready }) => {
    const answer =
      action === "start"
        ? await ready.manager.execute({ type: "start-reencryption", target: null, again: false }, caller)
        : await ready.manager.execute({ type: "pause-reencryption" }, caller);
    return answer.ok ? json(202, reencryptionReport(answer.value)) : problemOf(answer.failure);
  },
);
