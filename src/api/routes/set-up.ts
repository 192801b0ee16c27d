import * as z from "zod/mini";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { createdAdminAnswer } from "./admin-answers.ts";
import { nameValue } from "./key-values.ts";

export const setUp = route(
  {
    method: "POST",
    path: "/v1/setup",
    operationId: "setUp",
    tag: "System",
    summary: "Make the first owner",
    description: "Once. It takes the SETUP_TOKEN as a bearer token, in `Authorization` alone.",
    access: "setup-token",
    body: z.strictObject({ name: z.optional(nameValue) }, "must be an object"),
    bodyExamples: { "With a name": { name: "Jo" } },
    success: {
      status: 201,
      description: "The first owner, and for the only time its admin key as `key`.",
      answer: createdAdminAnswer,
      headers: ["ETag"],
    },
    refusals: ["already_set_up"],
  },
  async ({ body, caller, ready }) => {
    const answer = await ready.manager.execute({ type: "set-up", name: body.name ?? "First owner" }, caller);
    return answer.ok ? json(201, answer.value, { ETag: `"${answer.value.version}"` }) : problemOf(answer.failure);
  },
);
