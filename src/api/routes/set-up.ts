import * as z from "zod/mini";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { nameValue } from "./key-values.ts";

export const setUp = route(
  {
    method: "POST",
    path: "/v1/setup",
    summary: "Make the first owner",
    access: "setup-token",
    body: z.strictObject({ name: z.optional(nameValue) }, "must be an object"),
    success: { status: 201, description: "The first owner, and for the only time its admin key as `key`." },
    refusals: ["already_set_up"],
  },
  async ({ body, caller, ready }) => {
    const answer = await ready.manager.execute({ type: "set-up", name: body.name ?? "First owner" }, caller);
    return answer.ok ? json(201, answer.value, { ETag: `"${answer.value.version}"` }) : problemOf(answer.failure);
  },
);
