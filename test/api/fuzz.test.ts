import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { expectDeclared, expectKnownRefusal } from "../support/declared-answers.ts";
import { brokenJson, hostileValues, nearlyGood, queriesOf, urlTexts } from "../support/hostile-input.ts";
import { type Manager, startManager } from "../support/manager.ts";
import { runsOr } from "../support/property-runs.ts";
import {
  everyRoute,
  makeResources,
  pathOf,
  type Resources,
  routesWithBody,
  send,
  sendText,
} from "../support/route-examples.ts";

let manager: Manager;
let resources: Resources;

beforeAll(async () => {
  manager = await startManager();
  resources = await makeResources(manager);
});

/** The one of before may be at the end of its grace. */
const withNewCaller = async (manager: Manager, resources: Resources): Promise<Resources> => ({
  ...resources,
  caller: await manager.createAdmin({ roles: ["owner"] }),
});

/** FUZZ_RUNS is the number of cases in all: bodies, queries, paths, headers, and texts for each parser. */
const cases = runsOr(2000);
const runsFor = (share: number): number => Math.max(1, Math.ceil(cases * share));
const timeout = 60_000 + cases * 40;

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
        const about = route.changesCaller ? await withNewCaller(manager, resources) : resources;
        expectDeclared(route, await sendText(manager, route, about, body));
      });
      await fc.assert(holds, { numRuns: runsFor(0.4 / routesWithBody.length) });
    },
    timeout,
  );
});

describe("any query", () => {
  it.each(everyRoute)(
    "is refused or taken by $name",
    async (route) => {
      const holds = fc.asyncProperty(queriesOf(route), async (search) => {
        expectDeclared(route, await send(manager, route, resources, { search: `?${search}` }));
      });
      await fc.assert(holds, { numRuns: runsFor(0.15 / everyRoute.length) });
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
        const path = isId ? pathOf(route, text) : `${pathOf(route, resources.key.id)}/${text}`;
        const answer = await manager.request(path.replaceAll(/[?#]/g, ""), { method, key: resources.caller.key });
        if (method === "HEAD") expect(answer.status).toBeLessThan(500);
        else if (answer.status >= 400) expectKnownRefusal(answer);
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
        expectDeclared(route, await send(manager, route, resources, { headers: given }));
      });
      await fc.assert(holds, { numRuns: runsFor(0.1) });
    },
    timeout,
  );
});

describe("any question of a gateway", () => {
  it(
    "passes for no key but a good one",
    async () => {
      const letter = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
      const value = fc.oneof(fc.string({ unit: letter, maxLength: 200 }), fc.constantFrom("", "Bearer ", "*", "a:b"));
      const client = fc.constantFrom("Authorization", "X-API-Key", "X-Latchkey-Scopes", "Cookie", "X-Forwarded-Uri");
      const headers = fc.dictionary(client, value, { maxKeys: 4, noNullPrototype: true });
      const methods = fc.constantFrom("GET", "POST", "DELETE", "HEAD", "OPTIONS", "PROPFIND");
      const rests = fc.oneof(urlTexts, fc.constantFrom("", "/../../healthz", "/..", "?scope=a:b"));
      const holds = fc.asyncProperty(methods, rests, headers, async (method, rest, given) => {
        const own = { ...given, "X-Latchkey-Gateway": manager.adminKey };
        const { status } = await manager.request(`/v1/forward-auth${rest}`, { method, key: null, headers: own });
        expect([400, 401, 403, 503]).toContain(status);
      });
      await fc.assert(holds, { numRuns: runsFor(0.1) });
    },
    timeout,
  );
});
