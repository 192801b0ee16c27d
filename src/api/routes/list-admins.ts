import * as z from "zod/mini";
import { problemOf } from "../failures.ts";
import { route } from "../route.ts";
import { adminListAnswer } from "./admin-answers.ts";
import { cursorValue, limitDefault, limitValue, pageAnswer } from "./list-values.ts";

const scope = { route: "admins", filters: "", constraints: "" };

export const listAdmins = route(
  {
    method: "GET",
    path: "/v1/admins",
    operationId: "listAdmins",
    tag: "Admins",
    summary: "List admins, newest first",
    access: { permission: "admins:read" },
    query: z.strictObject({ limit: z.optional(limitValue), cursor: z.optional(cursorValue) }),
    success: {
      status: 200,
      description: "A page of admins. Only `nextCursor` null ends the list.",
      answer: adminListAnswer,
      headers: ["Link"],
    },
    refusals: ["invalid_cursor"],
  },
  async ({ query: { limit = limitDefault, cursor }, caller, ready, url }) => {
    const examined = cursor === undefined ? null : ready.decodeCursor(scope, cursor);
    if (examined === undefined) return { code: "invalid_cursor" };
    const before = examined && `adm_${examined}`;
    const answer = await ready.manager.execute({ type: "list-admins", before, limit }, caller);
    if (!answer.ok) return problemOf(answer.failure);
    const { items, examinedTo } = answer.value;
    return pageAnswer(url, items, examinedTo && ready.encodeCursor(scope, examinedTo.slice(4)));
  },
);
