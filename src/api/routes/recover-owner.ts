import * as z from "zod/mini";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { nameValue } from "./key-values.ts";

export const recoverOwner = route(
  {
    method: "POST",
    path: "/v1/recovery",
    summary: "Make another owner, where the last one's key is lost",
    access: "recovery-token",
    body: z.strictObject({ name: z.optional(nameValue) }, "must be an object"),
    success: { status: 201, description: "A new owner, and for the only time its admin key as `key`." },
    refusals: ["not_set_up", "recovery_spent"],
  },
  async ({ body: { name = "Recovered owner" }, caller, services, ready }) => {
    const tokenDigest = services.recoveryTokenDigest();
    const answer = await ready.manager.execute({ type: "recover-owner", name, tokenDigest }, caller);
    return answer.ok ? json(201, answer.value, { ETag: `"${answer.value.version}"` }) : problemOf(answer.failure);
  },
);
