import * as z from "zod/mini";
import { type KeySearch, wordsOf } from "../../core/api-key/key-search.ts";
import { isId, isPrefix, prefixPattern } from "../../core/api-key/key-string.ts";
import { statuses } from "../../core/api-key/lifecycle.ts";
import { problemOf } from "../failures.ts";
import { route } from "../route.ts";
import { listOf, text } from "../schema.ts";
import { keyListAnswer } from "./key-answers.ts";
import { grantedScopeValue, ownerValue } from "./key-values.ts";
import { constraintsOf, cursorValue, limitDefault, limitValue, pageAnswer, unique } from "./list-values.ts";

const valuesMax = 20;
const wordsMax = 8;
const anyOf = <Value>(value: z.ZodMiniType<Value>) => z.optional(listOf(value, valuesMax));

const isSearchable = (value: string): boolean => {
  const words = wordsOf(value).length;
  return value.length <= 256 && (isId("key", value) || (words > 0 && words <= wordsMax));
};

const searchText = text(isSearchable, `a key's id, or 1 to ${wordsMax} words of letters and digits`, {
  description:
    "A whole id, or 1 to 8 words each of which begins a word of name or owner; case and accents do not count.",
  minLength: 1,
  maxLength: 256,
  examples: ["production"],
});

const keyIdValue = text((value) => isId("key", value), "the id of a key", { pattern: "^key_[0-9A-Za-z]{20}$" });

const query = z.strictObject({
  limit: z.optional(limitValue),
  cursor: z.optional(cursorValue),
  owner: anyOf(ownerValue).check(z.describe("Of any of these owners.")),
  status: anyOf(z.enum(statuses, `must be one of ${statuses.join(", ")}`)).check(z.describe("In any of these states.")),
  prefix: anyOf(text(isPrefix, "the prefix of a key", { pattern: prefixPattern.source })).check(
    z.describe("With any of these prefixes."),
  ),
  scope: anyOf(grantedScopeValue).check(z.describe("Holding any of these scopes, literally.")),
  lineage: z.optional(keyIdValue).check(z.describe("Of this chain.")),
  q: z.optional(searchText),
});

const searchOf = (given: z.infer<typeof query>): KeySearch => {
  const { q } = given;
  const isExactId = q !== undefined && isId("key", q);
  return {
    ids: isExactId ? [q] : [],
    owners: unique(given.owner),
    statuses: unique(given.status),
    prefixes: unique(given.prefix),
    scopes: unique(given.scope),
    lineages: given.lineage === undefined ? [] : [given.lineage],
    words: q === undefined || isExactId ? [] : unique(wordsOf(q)),
  };
};

export const listKeys = route(
  {
    method: "GET",
    path: "/v1/keys",
    operationId: "listKeys",
    tag: "Keys",
    summary: "List keys, newest first",
    description:
      "A page looks at a bounded number of rows: it may be short, even empty, while `nextCursor` is set. A key that is there all along comes exactly once, whatever is made or deleted meanwhile.",
    access: { permission: "keys:read" },
    query,
    repeatable: ["owner", "status", "prefix", "scope"],
    success: {
      status: 200,
      description: "A page of keys. Only `nextCursor` null ends the list.",
      answer: keyListAnswer,
      headers: ["Link"],
    },
    refusals: ["invalid_cursor"],
  },
  async ({ query: given, caller, ready, url }) => {
    const search = searchOf(given);
    const scope = {
      route: "keys",
      filters: JSON.stringify(search),
      constraints: constraintsOf(caller.grants, "keys:read"),
    };
    const examined = given.cursor === undefined ? null : ready.decodeCursor(scope, given.cursor);
    if (examined === undefined) return { code: "invalid_cursor" };

    const before = examined === null ? null : `key_${examined}`;
    const limit = given.limit ?? limitDefault;
    const answer = await ready.manager.execute({ type: "list-keys", search, before, limit }, caller);
    if (!answer.ok) return problemOf(answer.failure);
    const { items, examinedTo } = answer.value;
    return pageAnswer(url, items, examinedTo && ready.encodeCursor(scope, examinedTo.slice(4)));
  },
);
