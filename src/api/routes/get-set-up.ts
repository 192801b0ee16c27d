import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";

export const getSetUp = route(
  {
    method: "GET",
    path: "/v1/setup",
    summary: "Is the manager set up",
    access: "public",
    success: { status: 200, description: "`done` tells whether the first owner exists." },
    refusals: [],
  },
  async ({ caller, ready }) => {
    const answer = await ready.manager.execute({ type: "get-set-up" }, caller);
    return answer.ok ? json(200, answer.value) : problemOf(answer.failure);
  },
);
