import { beforeAll, describe, expect, it } from "vitest";
import { anotherIsolate, type Manager, startManager } from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";
import {
  everyRoute,
  keyRoutes,
  makeResources,
  protectedRoutes,
  type Resources,
  type RouteCase,
  routesWithBody,
  type SendOptions,
  send,
  sendExample,
} from "../support/route-examples.ts";

let manager: Manager;
let resources: Resources;

beforeAll(async () => {
  manager = await startManager();
  resources = await makeResources(manager);
});

const aKey = "acme_live_0V3bQk1AA00000000000_00000000000000000000000000000000000000000119T7V";
const tooLargeFor = ({ bodyBytesMax }: RouteCase): string => " ".repeat(bodyBytesMax + 1);
const two = { Authorization: "Bearer a", "X-API-Key": "b" };
const asText = { "Content-Type": "text/plain" };
const asJson = { "Content-Type": "application/json" };
const withoutSecrets = { ENCRYPTION_KEY: "" };

describe("a request with everything wrong", () => {
  it("is refused for the key in its URL before its path is looked at", async () => {
    for (const method of ["GET", "POST", "PROPFIND"]) {
      const answer = await anotherIsolate(manager, withoutSecrets).request(`/unknown/${aKey}`, {
        method,
        headers: two,
      });
      expectProblem(answer, 400, "secret_in_url");
    }
  });

  it("is refused for its path before its method, its credentials and the settings", async () => {
    const answer = await anotherIsolate(manager, withoutSecrets).request("/v1/unknown", {
      method: "PROPFIND",
      headers: two,
    });
    expectProblem(answer, 404, "not_found");
  });

  it.each(everyRoute)("$path is refused for its method before the settings and its credentials", async (route) => {
    const isolate = anotherIsolate(manager, withoutSecrets);
    expectProblem(
      await send(isolate, route, resources, { method: "PROPFIND", headers: two }),
      405,
      "method_not_allowed",
    );
  });
});

describe.each(protectedRoutes)("$name", (route) => {
  const ask = (options: SendOptions) => send(manager, route, resources, options);

  it("is refused for the settings before its credentials", async () => {
    const isolate = anotherIsolate(manager, withoutSecrets);
    for (const options of [{ headers: two }, { key: null }, { key: "a" }]) {
      const answer = await send(isolate, route, resources, options);
      expectProblem(answer, 503, "not_configured");
      expect(answer.headers.get("Retry-After")).toMatch(/^\d+$/);
    }
  });

  it("is refused for no credential before its query, its id and its Idempotency-Key", async () => {
    const headers = { "Idempotency-Key": "not visible" };
    expectProblem(await ask({ key: null, headers, search: "?unexpected=1" }), 401, "missing_credential");
    expectProblem(await send(manager, route, "no-id", { key: "a" }), 401, "invalid_credential");
  });
});

describe.each(keyRoutes)("$name", (route) => {
  const ask = (options: SendOptions) => send(manager, route, resources, options);

  it("is refused for two credentials before its query", async () => {
    expectProblem(await ask({ headers: two, search: "?unexpected=1" }), 400, "multiple_credentials");
  });

  it("is refused for two credentials before its body", async () => {
    for (const body of route.hasBody ? ["{", tooLargeFor(route)] : []) {
      for (const type of [asJson, asText]) {
        expectProblem(await ask({ body, headers: { ...type, ...two } }), 400, "multiple_credentials");
      }
    }
  });
});

describe.each(routesWithBody)("the body of $name", (route) => {
  const ask = (options: SendOptions) => send(manager, route, resources, options);

  const tooLarge = tooLargeFor(route);

  it("is not looked at before the credentials", async () => {
    for (const body of ["{", tooLarge]) {
      for (const type of [asJson, asText]) {
        expectProblem(await ask({ body, headers: type, key: null }), 401, "missing_credential");
        expectProblem(await ask({ body, headers: type, key: "a" }), 401, "invalid_credential");
      }
    }
  });

  it("is refused for its type before its size, and for its size before its words and the query's", async () => {
    expectProblem(await ask({ body: tooLarge, headers: asText }), 415, "unsupported_media_type");
    expectProblem(await ask({ body: "{", headers: asText }), 415, "unsupported_media_type");
    expectProblem(
      await ask({ body: `{${tooLarge}`, headers: asJson, search: "?unexpected=1" }),
      413,
      "payload_too_large",
    );
  });

  it("is refused for its words before its id is looked for", async () => {
    const json = { unexpected: 1 };
    expectInvalid(await send(manager, route, "no-id", { json }), { pointer: "#/unexpected" });
  });

  it("is refused together with the query, each place named", async () => {
    const answer = await ask({ json: { unexpected: 1 }, search: "?other=1" });
    expectInvalid(answer, { pointer: "#/unexpected" });
    expectInvalid(answer, { parameter: "other" });
  });
});

describe("an Idempotency-Key", () => {
  const onceOnly = [
    ...["POST /v1/keys", "POST /v1/keys/:id/revoke", "POST /v1/admins", "PATCH /v1/admins/:id"],
    ...["PUT /v1/roles/:name", "DELETE /v1/roles/:name", "POST /v1/me/rotate"],
  ];
  const writing = protectedRoutes.filter(({ name }) => onceOnly.includes(name));

  it.each(writing)("of $name may be 255 visible characters, quoted or bare", async (route) => {
    const mark = String(writing.indexOf(route));
    for (const key of [mark, `"${mark}+"`, mark + "~!@#".repeat(63), `"${mark}${"x".repeat(254)}"`]) {
      const answer = await sendExample(manager, route, { headers: { "Idempotency-Key": key } });
      expect([key, answer.status]).toEqual([key, route.example?.status]);
    }
  });

  it.each(writing)("of $name may not be empty, longer or invisible", async (route) => {
    for (const key of ["", '""', "a b", "\u00e9", "a\tb", "x".repeat(256), `"${"x".repeat(256)}"`]) {
      const answer = await send(manager, route, resources, { headers: { "Idempotency-Key": key } });
      expectInvalid(answer, { header: "Idempotency-Key" }, key);
    }
  });
});
