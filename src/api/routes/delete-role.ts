import { isRoleName } from "../../core/access/role.ts";
import { problemOf } from "../failures.ts";
import { route } from "../route.ts";
import { roleParameters } from "./role-answers.ts";

export const deleteRole = route(
  {
    method: "DELETE",
    path: "/v1/roles/:name",
    operationId: "deleteRole",
    tag: "Roles",
    summary: "Delete a role that no admin holds, dead ones neither",
    access: { permission: "roles:manage" },
    parameters: roleParameters,
    onceOnly: true,
    success: { status: 204, description: "It is gone.", answer: null },
    refusals: ["role_not_found", "exceeds_grantor", "version_mismatch", "built_in_role", "role_in_use"],
  },
  async ({ parameters: { name }, caller, condition, ready }) => {
    if (!isRoleName(name)) return { code: "role_not_found" };
    const answer = await ready.manager.execute({ type: "delete-role", name, ...condition }, caller);
    return answer.ok ? new Response(null, { status: 204 }) : problemOf(answer.failure);
  },
);
