import * as z from "zod/mini";
import { isId } from "../../core/api-key/key-string.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { keyParameters } from "./key-answers.ts";
import { timestampValue } from "./key-values.ts";
import { keyUsageAnswer } from "./usage-answers.ts";

export const getKeyUsage = route(
  {
    method: "GET",
    path: "/v1/keys/:id/usage",
    operationId: "getKeyUsage",
    tag: "Keys",
    summary: "Count a key's validations by hour and outcome",
    description:
      "Only validations whose secret has matched are counted. Hours and outcomes without any are not there; the present hour is there as far as it has come.",
    access: { permission: "keys:read" },
    parameters: keyParameters,
    query: z.strictObject({
      since: z
        .optional(timestampValue)
        .check(z.describe("Hours that begin at this time or later; without it, 7 days before `until`.")),
      until: z
        .optional(timestampValue)
        .check(z.describe("Hours that begin before this time; without it, now. At most 31 days after `since`.")),
    }),
    success: { status: 200, description: "The hours in which there were any, in order.", answer: keyUsageAnswer },
    refusals: ["key_not_found"],
  },
  async ({ parameters: { id }, query: { since = null, until = null }, caller, ready }) => {
    if (!isId("key", id)) return { code: "key_not_found" };
    const answer = await ready.manager.execute({ type: "get-key-usage", id, since, until }, caller);
    return answer.ok ? json(200, answer.value) : problemOf(answer.failure);
  },
);
