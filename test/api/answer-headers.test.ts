import { beforeAll, describe, expect, it } from "vitest";
import { type Manager, startManager } from "../support/manager.ts";
import { everyRoute, makeResources, type Resources, send, sendExample } from "../support/route-examples.ts";

let manager: Manager;
let resources: Resources;

beforeAll(async () => {
  manager = await startManager();
  resources = await makeResources(manager);
});

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ask = (path: string, headers: Readonly<Record<string, string>>) => manager.request(path, { headers });

/** Answers of every kind, below /v1 and elsewhere. */
const paths = [
  "/v1/me",
  "/v1/keys",
  "/v1/keys/no-id",
  "/v1/unknown",
  "/v1/keys?limit=0",
  "/v1/validate",
  "/unknown",
  "/",
];

describe("X-Request-Id", () => {
  it.each(["abcd1234", "A.b-c_d.9", "a".repeat(128), "0-0-0-0-0", "........"])(
    "is kept when it is %s",
    async (given) => {
      for (const path of paths) {
        const answer = await ask(path, { "X-Request-Id": given });
        expect([path, answer.headers.get("X-Request-Id")]).toEqual([path, given]);
        if (answer.status >= 400) expect(answer.body.requestId).toBe(given);
      }
    },
  );

  it.each([
    "",
    "a",
    "abcd123",
    "a".repeat(129),
    "abcd 1234",
    "abcd1234;",
    "abcd/1234",
    "<script>alert(1)",
    "abcd1234\u00e9",
  ])("is replaced by a new one when it is %j", async (given) => {
    for (const path of paths) {
      const answer = await ask(path, { "X-Request-Id": given });
      expect([path, answer.headers.get("X-Request-Id")]).toEqual([path, expect.stringMatching(uuid)]);
    }
  });

  it("is a new one for each request that brings none", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => manager.request("/v1/me")));
    expect(new Set(answers.map(({ headers }) => headers.get("X-Request-Id"))).size).toBe(10);
  });
});

describe("what is answered below /v1", () => {
  it.each(everyRoute.filter(({ path }) => path.startsWith("/v1/")))("is stored nowhere: $name", async (route) => {
    const answers = await Promise.all([
      send(manager, route, resources),
      send(manager, route, resources, { key: null }),
      send(manager, route, resources, { search: "?unexpected=1" }),
      send(manager, route, resources, { method: "OPTIONS" }),
      send(manager, route, resources, { method: "PROPFIND" }),
    ]);
    for (const { headers, status } of answers) {
      expect([status, headers.get("Cache-Control")]).toEqual([status, "no-store"]);
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    }
  });

  it("is stored nowhere when there is no such route", async () => {
    const answer = await manager.request("/v1/unknown");
    expect([answer.status, answer.headers.get("Cache-Control")]).toEqual([404, "no-store"]);
  });
});

describe("what is answered", () => {
  it.each(everyRoute)("opens itself to no other origin: $name", async (route) => {
    const headers = { Origin: "https://elsewhere.example", "Content-Type": "application/json" };
    const { headers: answered } = await send(manager, route, resources, { headers });
    for (const name of ["Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"]) {
      expect([name, answered.get(name)]).toEqual([name, null]);
    }
  });

  it.each(everyRoute)("sets a cookie only where a session begins or ends: $name", async (route) => {
    const settingOne = ["POST /v1/session", "DELETE /v1/sessions"];
    const { headers } = await sendExample(manager, route);
    expect(headers.has("Set-Cookie")).toBe(settingOne.includes(route.name));
    const { headers: refused } = await send(manager, route, resources, { search: "?unexpected=1" });
    expect(refused.has("Set-Cookie")).toBe(false);
  });

  it("challenges only where it is a 401", async () => {
    for (const path of paths) {
      const answer = await manager.request(path);
      expect([path, answer.headers.get("WWW-Authenticate")]).toEqual([path, null]);
      const refused = await manager.request(path, { key: null });
      expect([path, refused.headers.has("WWW-Authenticate")]).toEqual([path, refused.status === 401]);
    }
  });
});
