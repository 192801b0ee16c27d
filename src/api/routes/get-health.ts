import * as z from "zod/mini";
import { json } from "../responses.ts";
import { route } from "../route.ts";

export const getHealth = route(
  {
    method: "GET",
    path: "/healthz",
    summary: "Does the Worker run",
    access: "open",
    query: z.strictObject({}),
    success: { status: 200, description: "It does. Nothing else was looked at." },
    refusals: [],
  },
  () => json(200, { status: "ok" }),
);
