import * as z from "zod/mini";
import { isNeededScope } from "../../core/api-key/scopes.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { listOf, text } from "../schema.ts";

const neededScopes = listOf(text(isNeededScope, "segments of a-z 0-9 _ . -, joined by `:`, without wildcard"), 64);
const prefixGlobs = listOf(
  text((glob) => /^[a-z0-9_*]{1,64}$/.test(glob), "a prefix; a * in it stands for any characters"),
  64,
);
const address = text((value) => /^[0-9A-Fa-f.:]{2,45}$/.test(value), "an IP address");

export const validateKey = route(
  {
    method: "POST",
    path: "/v1/validate",
    summary: "Ask whether a key is good",
    access: { permission: "keys:validate" },
    body: z.strictObject(
      {
        key: z.string("must be a string"),
        scopes: z.optional(neededScopes),
        anyScope: z.optional(neededScopes),
        prefixes: z.optional(prefixGlobs),
        ip: z.optional(address),
      },
      "must be an object",
    ),
    success: { status: 200, description: "The verdict: look at `valid`, then at `code`." },
    refusals: [],
  },
  async ({ body, caller, ready }) => {
    const { key, scopes = [], anyScope = [], prefixes = [] } = body;
    const answer = await ready.validate({ key, scopes, anyScope, prefixes }, caller);
    return answer.ok ? json(200, answer.value) : problemOf(answer.failure);
  },
);
