import { isId } from "../../core/api-key/key-string.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { keyAnswer, keyParameters } from "./key-answers.ts";

export const getKey = route(
  {
    method: "GET",
    path: "/v1/keys/:id",
    operationId: "getKey",
    tag: "Keys",
    summary: "Get a key",
    access: { permission: "keys:read" },
    parameters: keyParameters,
    success: { status: 200, description: "The key, without its secret.", answer: keyAnswer, headers: ["ETag"] },
    refusals: ["key_not_found"],
  },
  async ({ parameters: { id }, caller, ready }) => {
    if (!isId("key", id)) return { code: "key_not_found" };
    const answer = await ready.manager.execute({ type: "get-key", id }, caller);
    if (!answer.ok) return problemOf(answer.failure);
    return json(200, answer.value, { ETag: `"${answer.value.version}"` });
  },
);
