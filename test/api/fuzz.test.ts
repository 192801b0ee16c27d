import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type CreatedKey, type Manager, startManager } from "../support/manager.ts";
import { type AnyAnswer, expectProblem } from "../support/problems.ts";
import { runsOr } from "../support/property-runs.ts";
import { everyRoute, pathOf, type RouteCase, routesWithBody, send, sendText } from "../support/route-examples.ts";

let manager: Manager;
let created: CreatedKey;

beforeAll(async () => {
  manager = await startManager();
  created = await manager.createKey();
});

/** FUZZ_RUNS is the number of cases in all: half of them bodies, the others queries, paths and headers. */
const cases = runsOr(2000);
const runsFor = (share: number): number => Math.max(1, Math.ceil(cases * share));
const timeout = 60_000 + cases * 40;

/** Refused or done, never a fault of ours, and a refusal has its form. */
const expectNoFault = (answer: AnyAnswer): void => {
  if (answer.status < 400) return;
  expect(answer.status).toBeLessThan(500);
  expectProblem(answer, answer.status, answer.body.code);
};

const hostileTexts = fc.oneof(
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

const hostileValues = fc.oneof(
  fc.jsonValue({ maxDepth: 6, stringUnit: "binary" }),
  hostileTexts,
  fc.array(hostileTexts, { maxLength: 70 }),
  fc.dictionary(hostileTexts, fc.jsonValue(), { maxKeys: 20 }),
  fc.constantFrom(null, true, 0, -1, 1e308, -0, 2 ** 53, 0.1, [[[[[[[]]]]]]], [null], { a: null }),
);

/** An example with some members replaced, added or left out. */
const nearlyGood = ({ bodies, members }: RouteCase) =>
  fc
    .record({
      body: fc.constantFrom(...bodies),
      replaced: fc.dictionary(fc.constantFrom(...members), hostileValues, { maxKeys: 2, noNullPrototype: true }),
      added: fc.dictionary(hostileTexts, hostileValues, { maxKeys: 1, noNullPrototype: true }),
      without: fc.subarray([...members], { maxLength: 1 }),
    })
    .map(({ body, replaced, added, without }) => {
      const whole = Object.entries({ ...body, ...replaced, ...added });
      return JSON.stringify(Object.fromEntries(whole.filter(([name]) => !without.includes(name))));
    });

/** Good JSON with one place of it cut, doubled or overwritten. */
const brokenJson = (route: RouteCase) =>
  fc
    .tuple(nearlyGood(route), fc.nat(), fc.nat(8), fc.string({ unit: "binary", maxLength: 4 }))
    .map(([text, place, length, put]) => {
      const at = place % (text.length + 1);
      return `${text.slice(0, at)}${put}${text.slice(at + length)}`;
    });

describe("any body", () => {
  it.each(routesWithBody)(
    "is refused or taken by $name",
    async (route) => {
      const bodies = fc.oneof(
        { arbitrary: nearlyGood(route), weight: 4 },
        { arbitrary: brokenJson(route), weight: 2 },
        { arbitrary: hostileValues.map((value) => JSON.stringify(value)), weight: 1 },
        { arbitrary: fc.uint8Array({ maxLength: 200 }), weight: 1 },
      );
      const holds = fc.asyncProperty(bodies, async (body) => {
        expectNoFault(await sendText(manager, route, created.id, body));
      });
      await fc.assert(holds, { numRuns: runsFor(0.5 / routesWithBody.length) });
    },
    timeout,
  );
});

/** Any bytes, escaped or not where that is possible. */
const urlTexts = fc.oneof(
  hostileTexts.map((text) => encodeURIComponent(text.toWellFormed().slice(0, 4000))),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Array.from(bytes, (byte) => `%${byte.toString(16)}`).join("")),
  fc.string({ unit: fc.constantFrom(..."abz019_-.~!$&'()*+,;=:@%[]{}|^\"<>\\`/"), maxLength: 30 }),
);

const queriesOf = ({ parameters, query }: RouteCase) => {
  const name = parameters.length > 0 ? fc.oneof(fc.constantFrom(...parameters), urlTexts) : urlTexts;
  const good = Object.values(query).map((value) => encodeURIComponent(value));
  const value = good.length > 0 ? fc.oneof(fc.constantFrom(...good), urlTexts) : urlTexts;
  return fc
    .array(fc.tuple(name, value), { maxLength: 6 })
    .map((pairs) => pairs.map((pair) => pair.join("=")).join("&"));
};

describe("any query", () => {
  it.each(everyRoute)(
    "is refused or taken by $name",
    async (route) => {
      const holds = fc.asyncProperty(queriesOf(route), async (search) => {
        expectNoFault(await send(manager, route, created.id, { search: `?${search}` }));
      });
      await fc.assert(holds, { numRuns: runsFor(0.3 / everyRoute.length) });
    },
    timeout,
  );
});

describe("any path and any method", () => {
  it(
    "are refused or answered",
    async () => {
      const routes = fc.constantFrom(...everyRoute);
      const methods = fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND");
      const holds = fc.asyncProperty(routes, methods, urlTexts, fc.boolean(), async (route, method, text, isId) => {
        const path = isId ? pathOf(route, text) : `${pathOf(route, created.id)}/${text}`;
        const answer = await manager.request(path.replaceAll(/[?#]/g, ""), { method });
        if (method === "HEAD") expect(answer.status).toBeLessThan(500);
        else expectNoFault(answer);
      });
      await fc.assert(holds, { numRuns: runsFor(0.1) });
    },
    timeout,
  );
});

describe("any headers", () => {
  it(
    "are refused or taken",
    async () => {
      const names = ["Authorization", "X-API-Key", "X-Request-Id", "Idempotency-Key", "Content-Type", "Accept"];
      const others = ["Origin", "Cookie", "If-Match", "If-None-Match", "Content-Encoding", "CF-Connecting-IP", "Range"];
      const letter = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
      const value = fc.oneof(
        fc.string({ unit: letter, maxLength: 300 }),
        fc.constantFrom("Bearer ", '"', "a".repeat(9000)),
      );
      const headers = fc.dictionary(fc.constantFrom(...names, ...others), value, { maxKeys: 4, noNullPrototype: true });
      const holds = fc.asyncProperty(fc.constantFrom(...everyRoute), headers, async (route, given) => {
        expectNoFault(await send(manager, route, created.id, { headers: given }));
      });
      await fc.assert(holds, { numRuns: runsFor(0.1) });
    },
    timeout,
  );
});
