import * as z from "zod/mini";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { createdAdminAnswer } from "./admin-answers.ts";
import { nameValue } from "./key-values.ts";

export const recoverOwner = route(
  {
    method: "POST",
    path: "/v1/recovery",
    operationId: "recoverOwner",
    tag: "System",
    summary: "Make another owner, where the last one's key is lost",
    description: "It takes the RECOVERY_TOKEN as a bearer token, in `Authorization` alone. Each token works once.",
    access: "recovery-token",
    body: z.strictObject({ name: z.optional(nameValue) }, "must be an object"),
    bodyExamples: { "With a name": { name: "Jo" } },
    success: {
      status: 201,
      description: "A new owner, and for the only time its admin key as `key`.",
      answer: createdAdminAnswer,
      headers: ["ETag"],
    },
    refusals: ["not_set_up", "recovery_spent"],
  },
  async ({ body: { name = "Recovered owner" }, caller, services, ready }) => {
    const tokenDigest = services.recoveryTokenDigest();
    const answer = await ready.manager.execute({ type: "recover-owner", name, tokenDigest }, caller);
    return answer.ok ? json(201, answer.value, { ETag: `"${answer.value.version}"` }) : problemOf(answer.failure);
  },
);
