import fc from "fast-check";
import type { RouteCase } from "./route-examples.ts";

/** Texts that break what forgets to look. */
export const hostileTexts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.constantFrom(
    "",
    " ",
    "\0",
    "\ud800",
    "\u202e",
    "__proto__",
    "constructor",
    "*",
    "%00",
    "../..",
    "{{a}}",
    "'--",
    '"*',
  ),
  fc.constantFrom("key_", "1e2", "NaN", "-0", "lk_live", "lk_admin", "2999-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
  fc.nat(70_000).map((length) => "a".repeat(length)),
  fc.stringMatching(/^[a-z]{1,16}_[0-9A-Za-z]{20}_[0-9A-Za-z]{47}$/),
);

export const hostileValues = fc.oneof(
  fc.jsonValue({ maxDepth: 6, stringUnit: "binary" }),
  hostileTexts,
  fc.array(hostileTexts, { maxLength: 70 }),
  fc.dictionary(hostileTexts, fc.jsonValue(), { maxKeys: 20 }),
  fc.constantFrom(null, true, 0, -1, 1e308, -0, 2 ** 53, 0.1, [[[[[[[]]]]]]], [null], { a: null }),
);

/** An example with some members replaced, added or left out. */
export const nearlyGood = ({ bodies, members }: RouteCase) =>
  fc
    .record({
      body: fc.constantFrom(...bodies),
      replaced: fc.dictionary(fc.constantFrom("unexpected", ...members), hostileValues, {
        maxKeys: 2,
        noNullPrototype: true,
      }),
      added: fc.dictionary(hostileTexts, hostileValues, { maxKeys: 1, noNullPrototype: true }),
      without: fc.subarray(["unexpected", ...members], { maxLength: 1 }),
    })
    .map(({ body, replaced, added, without }) => {
      const whole = Object.entries({ ...body, ...replaced, ...added });
      return JSON.stringify(Object.fromEntries(whole.filter(([name]) => !without.includes(name))));
    });

/** Good JSON with one place of it cut, doubled or overwritten. */
export const brokenJson = (route: RouteCase) =>
  fc
    .tuple(nearlyGood(route), fc.nat(), fc.nat(8), fc.string({ unit: "binary", maxLength: 4 }))
    .map(([text, place, length, put]) => {
      const at = place % (text.length + 1);
      return `${text.slice(0, at)}${put}${text.slice(at + length)}`;
    });

/** A text that is good, and many that nearly are. */
export const nearly = (text: string) =>
  fc.oneof(
    fc.constantFrom(text, ` ${text}`, `${text}\t`, `"${text}"`, `${text}${text}`, `${text},${text}`, `${text}0`),
    fc.constantFrom(text.toUpperCase(), text.toLowerCase(), text.slice(1), text.slice(0, -1), text.padEnd(9000, "0")),
    fc
      .tuple(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 3 }))
      .map(([at, length, put]) => `${text.slice(0, at)}${put}${text.slice(at + length)}`),
  );

/** What a header may hold at all: visible ASCII, spaces and tabs. */
export const asHeader = (text: string): string => text.replaceAll(/[^\t\x20-\x7e]/g, "~").slice(0, 9000);

/** Any bytes, escaped or not where that is possible. */
export const urlTexts = fc.oneof(
  hostileTexts.map((text) => encodeURIComponent(text.toWellFormed().slice(0, 4000))),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Array.from(bytes, (byte) => `%${byte.toString(16)}`).join("")),
  fc.string({ unit: fc.constantFrom(..."abz019_-.~!$&'()*+,;=:@%[]{}|^\"<>\\`/"), maxLength: 30 }),
);

export const queriesOf = ({ parameters, query }: RouteCase) => {
  const name = parameters.length > 0 ? fc.oneof(fc.constantFrom(...parameters), urlTexts) : urlTexts;
  const good = Object.values(query).map((value) => encodeURIComponent(value));
  const value = good.length > 0 ? fc.oneof(fc.constantFrom(...good), urlTexts) : urlTexts;
  return fc
    .array(fc.tuple(name, value), { maxLength: 6 })
    .map((pairs) => pairs.map((pair) => pair.join("=")).join("&"));
};
