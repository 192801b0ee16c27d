import * as z from "zod/mini";
import { ordinalOf } from "../../core/api-key/key-string.ts";
import type { Verdict } from "../../core/api-key/verdict.ts";
import { answerOf } from "../answer.ts";
import { idOf, told, whole } from "../answer-values.ts";
import { problemOf } from "../failures.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";

const active = z
  .object({
    active: z.literal(true),
    scope: told("All it may do, separated by spaces: scopes as the key holds them, wildcards too."),
    sub: told("Whose key it is."),
    client_id: idOf("The id of the first key of its chain.", "key_0Vb3Zt2a7B3cD5eF7gHk"),
    exp: z.optional(whole("The earlier of its expiry and the end of its grace, in seconds since 1970.")),
    iat: whole("When it was made, in seconds since 1970."),
    token_type: z.literal("Bearer"),
  })
  .check(z.meta({ id: "ActiveToken", description: "The key is good." }));

const inactive = z
  .object({ active: z.literal(false) })
  .check(z.meta({ id: "InactiveToken", description: "The key is not good; why is not told." }));

const introspectionAnswer = answerOf(
  z
    .discriminatedUnion("active", [active, inactive])
    .check(z.meta({ id: "Introspection", description: "Whether a token is active (RFC 7662)." })),
  {
    active: true,
    scope: "orders:* users:read",
    sub: "acct_42",
    client_id: "key_0Vb3Zt2a7B3cD5eF7gHk",
    iat: 1795184290,
    token_type: "Bearer",
  },
);

const wholeSeconds = (timeMs: number): number => Math.floor(timeMs / 1000);

const introspectionOf = (verdict: Verdict): z.infer<typeof introspectionAnswer.schema> => {
  if (!verdict.valid) return { active: false };
  const { id, lineage, owner, scopes, validUntil } = verdict;
  return {
    active: true,
    scope: scopes.join(" "),
    sub: owner,
    client_id: lineage,
    ...(validUntil === null ? {} : { exp: wholeSeconds(Date.parse(validUntil)) }),
    iat: wholeSeconds(ordinalOf(id)),
    token_type: "Bearer",
  };
};

/** Nothing else is asked of the key than that it is good. */
const noNeeds = { scopes: [], anyScope: [], prefixes: [] };

export const introspectKey = route(
  {
    method: "POST",
    path: "/v1/introspect",
    operationId: "introspectKey",
    tag: "Gateways",
    summary: "Ask whether a key is good, as OAuth libraries do (RFC 7662)",
    description:
      "Fields of the form other than `token`, such as `token_type_hint`, are ignored. The key of the caller may also be the password of `Authorization: Basic`, with any user name. Where Latchkey cannot tell, it answers 503: treat that as not active.",
    access: { permission: "keys:validate", orBasic: true },
    takesForm: true,
    body: z.object({
      token: z.string("may be given once").check(z.describe("What was presented, any text at all.")),
    }),
    bodyExamples: { "Is it active": { token: "acme_live_0Vb3Zt2a7B3cD5eF7gHk_<47 more characters>" } },
    success: { status: 200, description: "Look at `active`.", answer: introspectionAnswer },
    refusals: [],
  },
  async ({ body, caller, ready }) => {
    const answer = await ready.validate({ key: body.token, ...noNeeds }, caller);
    return answer.ok ? json(200, introspectionOf(answer.value)) : problemOf(answer.failure);
  },
);
