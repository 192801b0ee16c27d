import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";

export const getReadiness = route(
  {
    method: "GET",
    path: "/readyz",
    summary: "Can the manager do its work",
    access: "open",
    success: { status: 200, description: "Settings and store are in order." },
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
