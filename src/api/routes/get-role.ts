import { isRoleName } from "../../core/access/role.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { roleAnswer, roleParameters } from "./role-answers.ts";

export const getRole = route(
  {
    method: "GET",
    path: "/v1/roles/:name",
    operationId: "getRole",
    tag: "Roles",
    summary: "Get a role",
    access: { permission: "roles:read" },
    parameters: roleParameters,
    success: { status: 200, description: "The role, built in or not.", answer: roleAnswer, headers: ["ETag"] },
    refusals: ["role_not_found"],
  },
  async ({ parameters: { name }, caller, ready }) => {
    if (!isRoleName(name)) return { code: "role_not_found" };
    const answer = await ready.manager.execute({ type: "get-role", name }, caller);
    return answer.ok ? json(200, answer.value, { ETag: `"${answer.value.version}"` }) : problemOf(answer.failure);
  },
);
