import * as z from "zod/mini";
import { answerOf } from "../answer.ts";
import { idOf, time } from "../answer-values.ts";
import { adminExample, adminSchema, rightsExample, rightsMembers } from "./admin-answers.ts";

const anId = "ses_0Vb3Zt2azz3cD5eF7gHk";

export const sessionAnswer = answerOf(
  z
    .object({
      id: idOf("Names this session; the cookie carries its secret.", anId),
      createdAt: time("When it was opened."),
      idleEndsAt: time("When it ends if nobody acts until then."),
      endsAt: time("When it ends at the latest."),
      admin: adminSchema,
      ...rightsMembers,
    })
    .check(z.meta({ id: "Session", description: "Somebody's visit to the dashboard." })),
  {
    id: anId,
    createdAt: "2026-11-20T14:18:10.937Z",
    idleEndsAt: "2026-11-20T14:48:10.937Z",
    endsAt: "2026-11-21T02:18:10.937Z",
    admin: adminExample,
    ...rightsExample,
  },
);
