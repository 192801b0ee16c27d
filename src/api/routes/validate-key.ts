import * as z from "zod/mini";
import { isNeededScope } from "../../core/api-key/scopes.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { listOf, text } from "../schema.ts";
import { verdictAnswer } from "./verdict-answer.ts";

const prefixGlob = /^[a-z0-9_*]{1,64}$/;
const addressPattern = /^[0-9A-Fa-f.:]{2,45}$/;

const neededScopes = listOf(
  text(isNeededScope, "segments of a-z 0-9 _ . -, joined by `:`, without wildcard", {
    pattern: "^[a-z0-9_.-]+(:[a-z0-9_.-]+)*$",
    maxLength: 128,
    examples: ["orders:read"],
  }),
  64,
);
const prefixGlobs = listOf(
  text((glob) => prefixGlob.test(glob), "a prefix; a * in it stands for any characters", {
    pattern: prefixGlob.source,
    examples: ["acme_*"],
  }),
  64,
);
const address = text((value) => addressPattern.test(value), "an IP address", {
  pattern: addressPattern.source,
  examples: ["192.0.2.1"],
});

/** What may be asked beside the key itself. */
export const needs = {
  scopes: z.optional(neededScopes).check(z.describe("All of these are needed.")),
  anyScope: z.optional(neededScopes).check(z.describe("One of these is needed.")),
  prefixes: z.optional(prefixGlobs).check(z.describe("The prefix of the key must match one of these.")),
  ip: z.optional(address).check(z.describe("Whose request it is; taken, and not used yet.")),
};

export const validateKey = route(
  {
    method: "POST",
    path: "/v1/validate",
    operationId: "validateKey",
    tag: "Validation",
    summary: "Ask whether a key is good",
    description:
      "The status is 200 whatever the verdict. An empty list counts as absent. Where Latchkey cannot tell, it answers 503 and no verdict: treat that as refused.",
    access: { permission: "keys:validate" },
    body: z.strictObject(
      {
        key: z
          .string("must be a string")
          .check(z.describe("What was presented; white space around it does not count.")),
        ...needs,
      },
      "must be an object",
    ),
    bodyExamples: {
      "Is it good": { key: "acme_live_0Vb3Zt2a7B3cD5eF7gHk_<47 more characters>" },
      "Is it good for this": {
        key: "acme_live_0Vb3Zt2a7B3cD5eF7gHk_<47 more characters>",
        scopes: ["orders:read"],
        prefixes: ["acme_*"],
      },
    },
    success: { status: 200, description: "The verdict: look at `valid`, then at `code`.", answer: verdictAnswer },
    refusals: [],
  },
  async ({ body, caller, ready }) => {
    const { key, scopes = [], anyScope = [], prefixes = [] } = body;
    const answer = await ready.validate({ key, scopes, anyScope, prefixes }, caller);
    return answer.ok ? json(200, answer.value) : problemOf(answer.failure);
  },
);
