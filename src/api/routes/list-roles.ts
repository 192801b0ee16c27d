import * as z from "zod/mini";
import { problemOf } from "../failures.ts";
import { route } from "../route.ts";
import { cursorValue, limitDefault, limitValue, pageAnswer } from "./list-values.ts";
import { roleListAnswer } from "./role-answers.ts";

const scope = { route: "roles", filters: "", constraints: "" };

export const listRoles = route(
  {
    method: "GET",
    path: "/v1/roles",
    operationId: "listRoles",
    tag: "Roles",
    summary: "List roles by name, the built-in ones among them",
    access: { permission: "roles:read" },
    query: z.strictObject({ limit: z.optional(limitValue), cursor: z.optional(cursorValue) }),
    success: {
      status: 200,
      description: "A page of roles. Only `nextCursor` null ends the list.",
      answer: roleListAnswer,
      headers: ["Link"],
    },
    refusals: ["invalid_cursor"],
  },
  async ({ query: { limit = limitDefault, cursor }, caller, ready, url }) => {
    const after = cursor === undefined ? null : ready.decodeCursor(scope, cursor);
    if (after === undefined) return { code: "invalid_cursor" };
    const answer = await ready.manager.execute({ type: "list-roles", after, limit }, caller);
    if (!answer.ok) return problemOf(answer.failure);
    const { items, examinedTo } = answer.value;
    return pageAnswer(url, items, examinedTo && ready.encodeCursor(scope, examinedTo));
  },
);
