import { toTimestampOrNull } from "../../core/api-key/key-view.ts";
import { fingerprintReports } from "../../core/system-report.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { systemAnswer } from "./system-answers.ts";

export const getSystem = route(
  {
    method: "GET",
    path: "/v1/system",
    operationId: "getSystem",
    tag: "System",
    summary: "See how the manager is set up: shards, and its own secrets by their fingerprints",
    description: "Asks every object. Never holds a secret, nor a part of one.",
    access: { permission: "system:read" },
    success: { status: 200, description: "As of now.", answer: systemAnswer },
    refusals: [],
  },
  async ({ caller, ready, services }) => {
    const [answer, sources] = await Promise.all([
      ready.manager.execute({ type: "get-system" }, caller),
      services.secretSources(),
    ]);
    if (!answer.ok) return problemOf(answer.failure);
    const shards = answer.value.filter(({ object }) => object.startsWith("shard-"));
    const fingerprints = fingerprintReports(ready.heldSecrets, answer.value);
    return json(200, {
      version: services.version,
      shards: shards.map(({ object, keys }) => ({ object, keys })),
      sources,
      fingerprints: fingerprints.map((report) => ({ ...report, adoptedAt: toTimestampOrNull(report.adoptedAt) })),
    });
  },
);
