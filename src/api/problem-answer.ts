import * as z from "zod/mini";
import { permissions } from "../core/access/permissions.ts";
import { statuses } from "../core/api-key/lifecycle.ts";
import { told, whole } from "./answer-values.ts";

/** What a problem may tell beside the words every problem has; `meanings` says which code tells which of these. */
const facts = {
  id: told("The id that was asked for."),
  name: told("The name of the role."),
  permission: z.enum(permissions).check(z.describe("The permission that is missing.")),
  reason: z
    .enum(["tampered", "revoked", "expired", "rotated", "disabled", "session_ended"])
    .check(z.describe("Why an admin key that was the right one is good no more.")),
  version: whole("The version the resource is in now."),
  successor: told("The id of the key that took its place."),
  keyStatus: z.enum(statuses).check(z.describe("What the key is now.")),
  missing: z.array(z.string()).check(z.describe("The needed scopes that the key lacks.")),
  settings: z.array(z.string()).check(z.describe("The settings that are missing or wrong.")),
  problems: z
    .array(z.object({ name: told("The setting, or `store`."), detail: told("How to mend it.") }))
    .check(z.describe("Everything that is missing or wrong, never with a value.")),
};

export type ProblemFact = keyof typeof facts;

const fault = z
  .object({
    pointer: z.optional(told("The member of the body, as a JSON pointer in a URI fragment.")),
    parameter: z.optional(told("The query parameter.")),
    header: z.optional(told("The request header.")),
    code: told("What is wrong there, as a word."),
    detail: told("What is wrong there, as a sentence."),
  })
  .check(z.meta({ id: "Fault", description: "One place in the request that is wrong." }));

const optional = Object.fromEntries(Object.entries(facts).map(([name, schema]) => [name, z.optional(schema)]));

/** RFC 9457. */
export const problemSchema = z
  .object({
    type: told("`urn:problem-type:latchkey:` and the code."),
    title: told("What happened, in a few words."),
    status: whole("The HTTP status."),
    detail: told("What happened and how to mend it."),
    code: told("What programs decide by. There may be new ones: treat one you do not know by its status."),
    requestId: told("The same as `X-Request-Id`; the log knows it."),
    errors: z.optional(z.array(fault).check(z.describe("Each place in the request that is wrong."))),
    ...optional,
  })
  .check(z.meta({ id: "Problem", description: "Why a request was not done (RFC 9457)." }));
