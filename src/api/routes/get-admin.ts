import { isId } from "../../core/api-key/key-string.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { adminAnswer, adminParameters } from "./admin-answers.ts";

export const getAdmin = route(
  {
    method: "GET",
    path: "/v1/admins/:id",
    operationId: "getAdmin",
    tag: "Admins",
    summary: "Get an admin",
    access: { permission: "admins:read" },
    parameters: adminParameters,
    success: { status: 200, description: "The admin, without its key.", answer: adminAnswer, headers: ["ETag"] },
    refusals: ["admin_not_found"],
  },
  async ({ parameters: { id }, caller, ready }) => {
    if (!isId("adm", id)) return { code: "admin_not_found" };
    const answer = await ready.manager.execute({ type: "get-admin", id }, caller);
    return answer.ok ? json(200, answer.value, { ETag: `"${answer.value.version}"` }) : problemOf(answer.failure);
  },
);
