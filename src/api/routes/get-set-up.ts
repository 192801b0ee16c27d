import * as z from "zod/mini";
import { answerOf } from "../answer.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";

const setUpAnswer = answerOf(
  z
    .object({ done: z.boolean().check(z.describe("Whether the first owner exists.")) })
    .check(z.meta({ id: "SetUp", description: "Whether the manager is set up." })),
  { done: true },
);

export const getSetUp = route(
  {
    method: "GET",
    path: "/v1/setup",
    operationId: "getSetUp",
    tag: "System",
    summary: "Is the manager set up",
    access: "public",
    success: { status: 200, description: "`done` tells whether the first owner exists.", answer: setUpAnswer },
    refusals: [],
  },
  async ({ caller, ready }) => {
    const answer = await ready.manager.execute({ type: "get-set-up" }, caller);
    return answer.ok ? json(200, answer.value) : problemOf(answer.failure);
  },
);
