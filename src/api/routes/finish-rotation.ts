import { isId } from "../../core/api-key/key-string.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { endedKeyAnswer, keyParameters } from "./key-answers.ts";

export const finishRotation = route(
  {
    method: "POST",
    path: "/v1/keys/:id/rotation/finish",
    operationId: "finishRotation",
    tag: "Keys",
    summary: "End the grace of a rotated key now",
    description: "Asked of the old key. Its successor is not touched.",
    access: { permission: "keys:rotate" },
    parameters: keyParameters,
    onceOnly: true,
    success: {
      status: 200,
      description: "The old key, which is good no more.",
      answer: endedKeyAnswer,
      headers: ["ETag"],
    },
    refusals: ["key_not_found", "version_mismatch", "tampered", "not_rotating"],
  },
  async ({ parameters: { id }, caller, condition, ready }) => {
    if (!isId("key", id)) return { code: "key_not_found" };
    const answer = await ready.manager.execute({ type: "finish-rotation", id, ...condition }, caller);
    if (!answer.ok) return problemOf(answer.failure);
    return json(200, answer.value, { ETag: `"${answer.value.version}"` });
  },
);
