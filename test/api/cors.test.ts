import { afterEach, describe, expect, it } from "vitest";
import { anotherIsolate, forgetEverything, type Manager, startManager } from "../support/manager.ts";

afterEach(forgetEverything);

const page = "https://app.example.com";

const from = (manager: Manager, origin: string, path = "/v1/keys", method = "GET", more = {}) =>
  manager.request(path, { method, headers: { Origin: origin, ...more } });

const corsHeadersOf = (headers: Headers): string[] =>
  [...headers.keys()].filter((name) => name.startsWith("access-control-"));

describe("a page of another origin", () => {
  it("may call when its origin is listed, and reads the headers it needs", async () => {
    const manager = anotherIsolate(await startManager(), { CORS_ORIGINS: `https://other.example, ${page}` });
    const { status, headers } = await from(manager, page);
    expect(status).toBe(200);
    expect(headers.get("Access-Control-Allow-Origin")).toBe(page);
    expect(headers.get("Access-Control-Expose-Headers")).toBe(
      "ETag, Link, Location, Retry-After, X-Request-Id, Idempotent-Replayed",
    );
    expect(headers.get("Vary")).toBe("Origin");
    expect(headers.has("Access-Control-Allow-Credentials")).toBe(false);
  });

  it("reads refusals too", async () => {
    const manager = anotherIsolate(await startManager(), { CORS_ORIGINS: page });
    const { status, headers } = await from(manager, page, "/v1/nothing-here");
    expect([status, headers.get("Access-Control-Allow-Origin")]).toEqual([404, page]);
  });

  it("is told by the preflight what it may send, without a credential", async () => {
    const manager = anotherIsolate(await startManager(), { CORS_ORIGINS: page });
    const asks = {
      "Access-Control-Request-Method": "PATCH",
      "Access-Control-Request-Headers": "authorization,if-match",
    };
    const path = "/v1/keys/key_00000000000000000000";
    const { status, headers, text } = await manager.request(path, {
      method: "OPTIONS",
      key: null,
      headers: { Origin: page, ...asks },
    });
    expect([status, text]).toEqual([204, ""]);
    expect(headers.get("Access-Control-Allow-Methods")).toBe(headers.get("Allow"));
    expect(headers.get("Access-Control-Allow-Methods")).toContain("PATCH");
    for (const name of ["Authorization", "Content-Type", "If-Match", "Idempotency-Key", "X-API-Key"]) {
      expect(headers.get("Access-Control-Allow-Headers")).toContain(name);
    }
  });

  it("may not when its origin is not listed, whatever it resembles", async () => {
    const manager = anotherIsolate(await startManager(), { CORS_ORIGINS: page });
    for (const origin of [
      "https://evil.example",
      `${page}.evil.example`,
      "http://app.example.com",
      `${page}:444`,
      "null",
    ]) {
      const { headers } = await from(manager, origin);
      expect([corsHeadersOf(headers), headers.get("Vary")]).toEqual([[], "Origin"]);
    }
  });

  it("may not when nothing is listed", async () => {
    const { headers } = await from(await startManager(), page);
    expect([corsHeadersOf(headers), headers.get("Vary")]).toEqual([[], null]);
  });
});

describe("CORS_ORIGINS", () => {
  it.each([
    "*",
    "null",
    "app.example.com",
    `${page}/`,
    `${page}/path`,
    "https://*.example.com",
    `${page},*`,
    "ftp://a.b",
  ])("refuses %s, and readiness names it", async (setting) => {
    const manager = anotherIsolate(await startManager(), { CORS_ORIGINS: setting });
    const readiness = await manager.request("/readyz");
    expect(readiness.status).toBe(503);
    expect(readiness.body.problems).toMatchObject([{ name: "CORS_ORIGINS" }]);
    expect(corsHeadersOf((await from(manager, page)).headers)).toEqual([]);
  });
});
