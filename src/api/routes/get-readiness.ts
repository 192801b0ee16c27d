import * as z from "zod/mini";
import { answerOf } from "../answer.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";

const readinessAnswer = answerOf(
  z
    .object({ status: z.literal("ready"), version: z.string().check(z.describe("Of Latchkey.")) })
    .check(z.meta({ id: "Readiness", description: "The manager can do its work." })),
  { status: "ready", version: "0.1.0" },
);

export const getReadiness = route(
  {
    method: "GET",
    path: "/readyz",
    operationId: "getReadiness",
    tag: "System",
    summary: "Can the manager do its work",
    access: "open",
    success: { status: 200, description: "Settings and store are in order.", answer: readinessAnswer },
    refusals: ["not_configured", "storage_unavailable", "overloaded"],
  },
  async ({ services }) => {
    const problems = await services.problems();
    if ("ok" in problems) return problemOf(problems.failure);
    if (problems.length === 0) return json(200, { status: "ready", version: services.version });
    return {
      code: "not_configured",
      detail: problems.map(({ detail }) => detail).join("; "),
      facts: { problems },
    };
  },
);
