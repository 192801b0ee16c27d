import { json } from "../responses.ts";
import { route } from "../route.ts";

export const getHealth = route(
  {
    method: "GET",
    path: "/healthz",
    summary: "Does the Worker run",
    access: "open",
    success: { status: 200, description: "It does. Nothing else was looked at." },
    refusals: [],
  },
  () => json(200, { status: "ok" }),
);
