import * as z from "zod/mini";
import { isId } from "../../core/api-key/key-string.ts";
import type { Answer } from "../../core/use-cases.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { type RouteAnswer, route } from "../route.ts";
import { adminParameters, rotatedAdminAnswer } from "./admin-answers.ts";
import { graceSecondsDefault, graceSecondsValue } from "./key-values.ts";

const body = z.strictObject({ graceSeconds: z.optional(graceSecondsValue) }, "must be an object");
const bodyExamples = { "With an hour of grace": { graceSeconds: 3600 }, "At once": { graceSeconds: 0 } };
const success = {
  status: 201,
  description: "The admin under its new id, its new key as `key`, and the old one as `replaced`.",
  answer: rotatedAdminAnswer,
  headers: ["Location", "ETag"],
} as const;
const refusals = [
  "version_mismatch",
  "tampered",
  "key_revoked",
  "key_expired",
  "already_rotated",
  "key_disabled",
  "too_many_in_grace",
  "last_owner",
] as const;

const responseOf = (answer: Answer<"rotate-admin">): RouteAnswer => {
  if (!answer.ok) return problemOf(answer.failure);
  const { id, version } = answer.value;
  return json(201, answer.value, { Location: `/v1/admins/${id}`, ETag: `"${version}"` });
};

export const rotateAdmin = route(
  {
    method: "POST",
    path: "/v1/admins/:id/rotate",
    operationId: "rotateAdmin",
    tag: "Admins",
    summary: "Replace an admin's key by a new one, the old one good for a while longer",
    access: { permission: "admins:manage" },
    parameters: adminParameters,
    body,
    bodyExamples,
    onceOnly: true,
    success,
    refusals: ["admin_not_found", "exceeds_grantor", ...refusals],
  },
  async ({ parameters: { id }, body: { graceSeconds = graceSecondsDefault }, caller, condition, ready }) => {
    if (!isId("adm", id)) return { code: "admin_not_found" };
    return responseOf(await ready.manager.execute({ type: "rotate-admin", id, graceSeconds, ...condition }, caller));
  },
);

/** Needs no permission: the successor may do what the caller may. */
export const rotateMe = route(
  {
    method: "POST",
    path: "/v1/me/rotate",
    operationId: "rotateMe",
    tag: "Admins",
    summary: "Replace the key this request came with",
    access: "any-admin",
    body,
    bodyExamples,
    onceOnly: true,
    success,
    refusals,
  },
  async ({ body: { graceSeconds = graceSecondsDefault }, admin, caller, condition, ready }) => {
    const command = { type: "rotate-admin", id: admin?.id ?? "", graceSeconds, ...condition } as const;
    return responseOf(await ready.manager.execute(command, caller));
  },
);
