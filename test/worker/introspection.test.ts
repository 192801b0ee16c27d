import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  customFetch,
  introspectionRequest,
  None,
  processIntrospectionResponse,
} from "oauth4webapi";
import { afterEach, describe, expect, it } from "vitest";
import { formOf, introspect, validatorKey } from "../support/gateways.ts";
import {
  anotherIsolate,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  rowOf,
  startManager,
} from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";
import { openSession } from "../support/session.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const server = { issuer: "http://latchkey.test", introspection_endpoint: "http://latchkey.test/v1/introspect" };
const client = { client_id: "orders-api" };

/** What an OAuth library makes of it, which reads nothing but what RFC 7662 says. */
const byLibrary = async (manager: Manager, auth: ClientAuth, token: string) => {
  const response = await introspectionRequest(server, client, auth, token, {
    [allowInsecureRequests]: true,
    [customFetch]: async (url, { method, headers, body }) => {
      const answer = await manager.request(new URL(url).pathname, { method, headers, body: String(body), key: null });
      return new Response(answer.text, { status: answer.status, headers: answer.headers });
    },
    additionalParameters: { token_type_hint: "access_token" },
  });
  return processIntrospectionResponse(server, client, response);
};

const byBearer =
  (key: string): ClientAuth =>
  (_server, { client_id: id }, body, headers) => {
    body.set("client_id", id);
    headers.set("Authorization", `Bearer ${key}`);
  };

describe("an OAuth library", () => {
  it.each([
    ["its client's secret, which it escapes in Authorization: Basic", (key: string) => ClientSecretBasic(key)],
    ["a bearer token", byBearer],
  ])("learns by %s what a key may do and whose it is", async (_name, authWith) => {
    const manager = await startManager();
    const auth = authWith(await validatorKey(manager));
    const key = await manager.createKey({ scopes: ["orders:*", "users:read"], expiresInSeconds: 3600 });

    const answer = await byLibrary(manager, auth, key.key);

    expect(answer).toEqual({
      ...{ active: true, scope: "orders:* users:read", sub: "acct_1", client_id: key.lineage, token_type: "Bearer" },
      exp: Math.floor(Date.parse(key.expiresAt ?? "") / 1000),
      iat: Math.floor(Date.parse(key.createdAt) / 1000),
    });
    await manager.revoke(key.id);
    expect(await byLibrary(manager, auth, key.key)).toEqual({ active: false });
  });

  it("is challenged where it names no secret, by both schemes", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey();
    await expect(byLibrary(manager, None(), key)).rejects.toMatchObject({
      cause: [
        { scheme: "bearer", parameters: { realm: "latchkey" } },
        { scheme: "basic", parameters: { realm: "latchkey" } },
      ],
    });
  });
});

describe("introspection", () => {
  it("tells no end of a key that has none, and no scope of one that has none", async () => {
    const manager = await startManager();
    const { key, createdAt, lineage } = await manager.createKey();
    const { status, body, headers } = await introspect(manager, { token: key });
    expect([status, headers.get("Cache-Control")]).toEqual([200, "no-store"]);
    const iat = Math.floor(Date.parse(createdAt) / 1000);
    expect(body).toEqual({ active: true, scope: "", sub: "acct_1", client_id: lineage, iat, token_type: "Bearer" });
  });

  it("tells the end of the grace of a key that was rotated, and names the lineage throughout", async () => {
    const manager = await startManager();
    const old = await manager.createKey({ expiresInSeconds: 86_400 });
    const { body: fresh } = await manager.rotate(old.id, { graceSeconds: 60 });
    const exp = Math.floor(Date.parse(fresh.replaced.rotation.graceEndsAt ?? "") / 1000);
    expect((await introspect(manager, { token: old.key })).body).toMatchObject({ exp, client_id: old.id });
    expect((await introspect(manager, { token: fresh.key })).body).toMatchObject({ active: true, client_id: old.id });
    testWorld.clockOffsetMs = 61_000;
    expect((await introspect(manager, { token: old.key })).body).toEqual({ active: false });
  });

  it("counts as a use of the key", async () => {
    const manager = await startManager();
    const old = await manager.createKey();
    const { body: fresh } = await manager.rotate(old.id);
    await introspect(manager, { token: fresh.key });
    expectProblem(await manager.cancel(old.id), 409, "successor_in_use");
  });

  it("takes the key of its caller in every way there is, Basic with any user name", async () => {
    const manager = await startManager();
    const { key: token } = await manager.createKey();
    const key = await validatorKey(manager);
    const ways = [
      { Authorization: `Bearer ${key}` },
      { "X-API-Key": key },
      ...["", "latchkey", "a%20b", "x+y"].map((user) => ({ Authorization: `Basic ${btoa(`${user}:${key}`)}` })),
      { Authorization: `basic  ${btoa(`u:${key.replaceAll("_", "%5F")}`)}` },
      { Authorization: `Basic ${btoa(`u:${key}`)}`, "X-API-Key": key },
    ];
    for (const headers of ways) {
      const { body } = await introspect(manager, { token }, { key: null, headers });
      expect([headers, body.active]).toEqual([headers, true]);
    }
    const { cookie } = await openSession(manager);
    const page = { Cookie: cookie, Origin: "http://latchkey.test", "Sec-Fetch-Site": "same-origin" };
    expect((await introspect(manager, { token }, { key: null, headers: page })).body.active).toBe(true);
  });

  it("ignores other fields of the form, repeated ones and such as hold a key", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey();
    const form = `a=1&a=2&token_type_hint=access_token&other=${key}&__proto__=x&token=${key}&=`;
    expect((await introspect(manager, form)).body.active).toBe(true);
    expect((await introspect(manager, { token: ` ${key}\n` })).body.active).toBe(true);
  });
});

describe("a key that is not good is only ever not active", () => {
  const expectInactive = async (manager: Manager, token: string) => {
    const { status, text } = await introspect(manager, { token });
    expect([status, text]).toEqual([200, '{"active":false}']);
  };

  it("whatever is wrong with it", async () => {
    const manager = await startManager();
    const [revoked, expired, rotated, disabled, tampered] = await Promise.all([
      manager.createKey(),
      manager.createKey({ expiresInSeconds: 1 }),
      manager.createKey(),
      manager.createKey({ enabled: false }),
      manager.createKey(),
    ]);
    await manager.revoke(revoked.id);
    await manager.rotate(rotated.id, { graceSeconds: 0 });
    await inObject(objectOf(tampered.id), (sql) =>
      sql.exec("UPDATE api_keys SET owner = 'acct_9' WHERE id = ?", tampered.id),
    );
    testWorld.clockOffsetMs = 2000;
    for (const { key } of [revoked, expired, rotated, disabled, tampered]) await expectInactive(manager, key);
  });

  it("nor is anything that is no key, or an admin's", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey();
    for (const token of [
      "a",
      " ",
      "\0",
      "🔑",
      "%",
      manager.adminKey,
      `${key}0`,
      key.slice(0, -1),
      "a".repeat(60_000),
    ]) {
      await expectInactive(manager, token);
    }
  });

  it("nor one that the caller's role leaves out, by owner or by prefix", async () => {
    const manager = await startManager();
    const constraint = { owners: ["acct_1"], prefixes: ["acme_*"] };
    await manager.saveRole("narrow", { permissions: ["keys:validate"], constraint });
    const narrow = manager.as((await manager.createAdmin({ roles: ["narrow"] })).key);
    const { key: good } = await manager.createKey({ prefix: "acme_live" });
    expect((await introspect(narrow, { token: good })).body.active).toBe(true);
    await expectInactive(narrow, (await manager.createKey({ prefix: "acme_live", owner: "acct_2" })).key);
    await expectInactive(narrow, (await manager.createKey()).key);
  });
});

describe("introspection refuses", () => {
  it("a form without the token, with an empty one, and one that has it twice", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey();
    for (const form of ["", "a=b", "token=", "TOKEN=a", "token[]=a"]) {
      expectInvalid(await introspect(manager, form), { pointer: "#/token", code: "required" }, form);
    }
    for (const form of [`token=${key}&token=${key}`, "token=a&token=b", `token=&token=${key}`]) {
      const answer = await introspect(manager, form);
      expectInvalid(answer, { pointer: "#/token" }, form);
      expect(answer.text).not.toContain(key);
    }
  });

  it("a body that is no form", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey();
    for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=a", "x-www-form-urlencoded"]) {
      const headers = { "Content-Type": type };
      const body = JSON.stringify({ token: key });
      expectProblem(await manager.request("/v1/introspect", { body, headers }), 415, "unsupported_media_type", type);
    }
    const zipped = await introspect(manager, { token: key }, { headers: { "Content-Encoding": "gzip" } });
    expectProblem(zipped, 415, "unsupported_media_type");
  });

  it("a form that is too large, a query, and a token in the URL", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey();
    expectProblem(await introspect(manager, { token: "a".repeat(65_600) }), 413, "payload_too_large");
    const body = formOf({ token: key });
    const options = { body, headers: { "Content-Type": "application/x-www-form-urlencoded" } };
    expectInvalid(await manager.request("/v1/introspect?x=1", options), { parameter: "x" });
    expectProblem(await manager.request(`/v1/introspect?token=${key}`, options), 400, "secret_in_url");
  });

  it("a caller without the right, and one whose key is a customer's", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey();
    const auditor = (await manager.createAdmin()).key;
    for (const headers of [{ "X-API-Key": auditor }, { Authorization: `Basic ${btoa(`u:${auditor}`)}` }]) {
      expectProblem(await introspect(manager, { token: key }, { key: null, headers }), 403, "forbidden");
    }
    const { status, headers } = await introspect(manager, { token: key }, { key });
    expect([status, headers.get("WWW-Authenticate")]).toEqual([
      401,
      'Bearer realm="latchkey", error="invalid_token", Basic realm="latchkey"',
    ]);
  });

  it("a Basic that is broken, differs from X-API-Key, or is sent to another route", async () => {
    const manager = await startManager();
    const basic = (text: string) => ({ Authorization: `Basic ${btoa(text)}` });
    const wrong = [
      ...[
        basic("no colon"),
        basic("u:"),
        basic("u:%zz"),
        basic(`${manager.adminKey}:`),
        basic(`u:${manager.adminKey}x`),
      ],
      ...[{ Authorization: "Basic" }, { Authorization: "Basic !!!!" }, { Authorization: "Basic a" }],
    ];
    for (const headers of wrong) {
      const { status, body } = await introspect(manager, { token: "a" }, { key: null, headers });
      expect([headers, status, /^(missing|invalid)_credential$/.test(body.code)]).toEqual([headers, 401, true]);
    }
    const two = { ...basic(`u:${manager.adminKey}`), "X-API-Key": "other" };
    expectProblem(await introspect(manager, { token: "a" }, { key: null, headers: two }), 400, "multiple_credentials");
    const elsewhere = await manager.request("/v1/me", { key: null, headers: basic(`u:${manager.adminKey}`) });
    expectProblem(elsewhere, 401, "invalid_credential");
    expect(elsewhere.headers.get("WWW-Authenticate")).not.toContain("Basic");
  });

  it("to say that a key is not active when it cannot tell", async () => {
    const manager = await startManager();
    const { key, id } = await manager.createKey();
    const before = await rowOf(id);
    const broken = anotherIsolate(manager, { ENCRYPTION_KEY: "" });
    expectProblem(await introspect(broken, { token: key }), 503, "not_configured");
    expect(await rowOf(id)).toBe(before);
  });
});
