import * as z from "zod/mini";
import { answerOf } from "../answer.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";

const healthAnswer = answerOf(
  z.object({ status: z.literal("ok") }).check(z.meta({ id: "Health", description: "The Worker runs." })),
  { status: "ok" },
);

export const getHealth = route(
  {
    method: "GET",
    path: "/healthz",
    operationId: "getHealth",
    tag: "System",
    summary: "Does the Worker run",
    access: "open",
    success: { status: 200, description: "It does. Nothing else was looked at.", answer: healthAnswer },
    refusals: [],
  },
  () => json(200, { status: "ok" }),
);
