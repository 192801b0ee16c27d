import { isId } from "../../core/api-key/key-string.ts";
import { problemOf } from "../failures.ts";
import { route } from "../route.ts";
import { keyParameters } from "./key-answers.ts";

export const deleteKey = route(
  {
    method: "DELETE",
    path: "/v1/keys/:id",
    operationId: "deleteKey",
    tag: "Keys",
    summary: "Delete a key that is revoked, expired or rotated; its events stay",
    access: { permission: "keys:delete" },
    parameters: keyParameters,
    onceOnly: true,
    success: { status: 204, description: "It is gone.", answer: null },
    refusals: ["key_not_found", "version_mismatch", "key_still_live"],
  },
  async ({ parameters: { id }, caller, condition, ready }) => {
    if (!isId("key", id)) return { code: "key_not_found" };
    const answer = await ready.manager.execute({ type: "delete-key", id, ...condition }, caller);
    return answer.ok ? new Response(null, { status: 204 }) : problemOf(answer.failure);
  },
);
