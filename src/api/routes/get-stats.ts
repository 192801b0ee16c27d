import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { statsAnswer } from "./usage-answers.ts";

export const getStats = route(
  {
    method: "GET",
    path: "/v1/stats",
    operationId: "getStats",
    tag: "Keys",
    summary: "Count keys by status, and validations by outcome",
    description:
      "Of the keys the caller may see. The figures of a caller whose right to read keys is not narrowed take no walk; for others up to 5,000 keys of each shard are looked at, the newest first.",
    access: { permission: "keys:read" },
    success: { status: 200, description: "The figures, as of now.", answer: statsAnswer },
    refusals: [],
  },
  async ({ caller, ready }) => {
    const answer = await ready.manager.execute({ type: "get-stats" }, caller);
    return answer.ok ? json(200, answer.value) : problemOf(answer.failure);
  },
);
