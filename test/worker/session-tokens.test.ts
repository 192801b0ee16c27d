import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { base62Digits } from "../../src/core/api-key/base62.ts";
import { everythingStoredIn } from "../support/everything-stored.ts";
import { forge, partsOf } from "../support/forgery.ts";
import { anotherIsolate, forgetEverything, type Manager, redeploy, startManager } from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import { advance, cookieName, isAlive, openSession, ownPage, type Visit, visitWith } from "../support/session.ts";

let manager: Manager;
let visit: Visit;

beforeAll(async () => {
  manager = await startManager();
  visit = await openSession(manager);
});
afterAll(forgetEverything);

/** Calls of objects that a request with this Cookie header causes in an isolate that is already at work. */
const callsFor = async (isolate: Manager, Cookie: string) => {
  const before = isolate.calls.length;
  const answer = await isolate.request("/v1/me", { key: null, headers: { Cookie, ...ownPage } });
  return { answer, calls: isolate.calls.slice(before).filter(({ type }) => type !== "read-register") };
};

describe("a session's token", () => {
  it("is good for nothing but its cookie", async () => {
    const { token } = visit;
    for (const headers of [{ Authorization: `Bearer ${token}` }, { "X-API-Key": token }]) {
      const answer = await manager.request("/v1/me", { key: null, headers: headers as Record<string, string> });
      expectProblem(answer, 401, "invalid_credential");
    }
    expectProblem(await manager.request("/v1/setup", { key: token, json: {} }), 401, "invalid_credential");
  });

  it("is no customer's key, and validates like a forged one", async () => {
    const { token } = visit;
    const check = async (key: string) => (await manager.request("/v1/validate", { json: { key } })).text;
    const forged = await check(forge({}));
    expect(JSON.parse(forged)).toMatchObject({ valid: false, code: "unknown" });
    expect(await check(token)).toBe(forged);
  });

  it("stops a request in whose URL it stands", async () => {
    const { token } = visit;
    const escaped = token.replaceAll("_", "%5F");
    for (const path of [`/v1/me?session=${token}`, `/v1/admins/${token}`, `/${token}`, `/v1/me?a=${escaped}`]) {
      const answer = await visit.request(path);
      expectProblem(answer, 400, "secret_in_url");
      expect(answer.text).not.toContain(token.slice(-47));
    }
    const again = await visit.request("/v1/me", { headers: { "X-Request-Id": token } });
    expect(again.headers.get("X-Request-Id")).not.toContain(token.slice(-47));
  });

  it("stands nowhere in the store", async () => {
    const { secret } = partsOf(visit.token);
    const everything = await everythingStoredIn("admin");
    expect(everything).toContain(visit.id);
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(visit.token.slice(-47));
  });
});

describe("a forged token", () => {
  it("is refused without asking any object, whatever its epoch", async () => {
    const isolate = anotherIsolate(manager);
    await isolate.request("/v1/me");
    const { prefix, bareId, secret, epoch, tag } = partsOf(visit.token);
    const altered = [
      { prefix, bareId, secret, epoch, tag: `${tag.slice(0, -1)}${tag.endsWith("0") ? "1" : "0"}` },
      { prefix, bareId, secret: secret.split("").toReversed().join(""), epoch, tag },
      { prefix, bareId: `${bareId.slice(0, -1)}${bareId.endsWith("0") ? "1" : "0"}`, secret, epoch, tag },
    ];
    const forged = [...altered, ...base62Digits.split("").map((digit) => ({ prefix, epoch: digit }))].map(forge);
    for (const token of forged) {
      const { answer, calls } = await callsFor(isolate, `${cookieName}=${token}`);
      expectProblem(answer, 401, "invalid_credential");
      expect([answer.body.reason, calls]).toEqual([undefined, []]);
    }
    expect(isolate.calls.filter(({ type }) => type === "read-register").length).toBeLessThanOrEqual(3);
  });

  it.each<[string, (real: Visit) => string]>([
    ["an empty one", () => ""],
    ["its name alone", () => "session"],
    ["one in quotes", ({ token }) => `"${token}"`],
    ["half of it", ({ token }) => token.slice(0, 50)],
    ["one too long", ({ token }) => `${token}${token}`],
    ["four kilobytes", () => "a".repeat(4096)],
    ["escapes", ({ token }) => token.replaceAll("_", "%5F")],
    ["a path", () => "../../etc/passwd"],
    ["an equals sign", ({ token }) => `=${token}`],
  ])("(%s) is refused without asking any object", async (_what, value) => {
    const { answer, calls } = await callsFor(manager, `${cookieName}=${value(visit)}`);
    expect([answer.status, calls]).toEqual([401, []]);
    expectProblem(answer, 401, answer.body.code);
  });
});

describe("what is no session's token, in the cookie of one", () => {
  it("is refused: an admin key, a customer's key, even one whose prefix looks alike", async () => {
    const customers = await Promise.all([manager.createKey(), manager.createKey({ prefix: "lk_session" })]);
    for (const key of [manager.adminKey, ...customers.map((customer) => customer.key)]) {
      const { answer } = await callsFor(manager, `${cookieName}=${key}`);
      expectProblem(answer, 401, "invalid_credential");
      expect(answer.text).not.toContain(key.slice(-47));
    }
  });
});

describe("the cookie header", () => {
  const meWith = async (Cookie: string) =>
    (await manager.request("/v1/me", { key: null, headers: { Cookie, ...ownPage } })).status;

  it("may hold others beside it, and it twice", async () => {
    const { cookie } = visit;
    for (const header of [`theme=dark; ${cookie}; a=b`, `${cookie}; ${cookie}`, `;${cookie};`, `a; ${cookie}`]) {
      expect([header.length, await meWith(header)]).toEqual([header.length, 200]);
    }
  });

  it("may not hold two different ones: nobody chooses between them", async () => {
    const other = await openSession(manager);
    for (const second of [other.cookie, `${cookieName}=x`, `${cookieName}=${forge({ prefix: "lk_session" })}`]) {
      for (const Cookie of [`${visit.cookie}; ${second}`, `${second}; a=b; ${visit.cookie}`]) {
        const answer = await manager.request("/v1/me", { key: null, headers: { Cookie, ...ownPage } });
        expectProblem(answer, 400, "multiple_credentials");
      }
    }
    expect(await Promise.all([visit, other].map(isAlive))).toEqual([true, true]);
  });

  it("counts under its own name alone, not under one that another host could set", async () => {
    const { token } = visit;
    for (const name of ["latchkey", "__host-latchkey", "__Secure-latchkey", "x__Host-latchkey", "__Host-latchkey2"]) {
      expect([name, await meWith(`${name}=${token}`)]).toEqual([name, 401]);
      expect([name, await meWith(`${name}=${forge({ prefix: "lk_session" })}; ${visit.cookie}`)]).toEqual([name, 200]);
    }
  });

  it("opens nothing that a session is no credential for", async () => {
    const json = { name: "Me" };
    expectProblem(await visit.request("/v1/setup", { json }), 401, "missing_credential");
    expect((await visit.request("/v1/setup")).body).toEqual({ done: true });
  });
});

describe("a token made under an HMAC_SECRET that was replaced since", () => {
  it("is good as long as that secret is a fallback", async () => {
    const replaced = {
      HMAC_SECRET: "Zt4hB7nMq1wEr5yUi9oPa3sDf6gJk8lXc2vQz0TbNnI=",
      HMAC_SECRET_FALLBACK: "Qk7pLw2xRz8vTn5cYb3mHd6fJs9gKa1eUo4iXt0yZqM=",
    };
    await redeploy(replaced);
    const after = anotherIsolate(manager, replaced);
    for (let seconds = 0; seconds < 180; seconds += 90) {
      expect(await isAlive(visitWith(after, visit.token))).toBe(true);
      advance(90);
    }
    expect((await visitWith(after, visit.token).request("/v1/sessions", { method: "DELETE" })).status).toBe(204);
    expect(await isAlive(await openSession(after))).toBe(true);
  });
});
