import { isRoleName } from "../../core/access/role.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";

export const getRole = route(
  {
    method: "GET",
    path: "/v1/roles/:name",
    summary: "Get a role",
    access: { permission: "roles:read" },
    success: { status: 200, description: "The role, built in or not." },
    refusals: ["role_not_found"],
  },
  async ({ parameters: { name }, caller, ready }) => {
    if (!isRoleName(name)) return { code: "role_not_found" };
    const answer = await ready.manager.execute({ type: "get-role", name }, caller);
    return answer.ok ? json(200, answer.value, { ETag: `"${answer.value.version}"` }) : problemOf(answer.failure);
  },
);
