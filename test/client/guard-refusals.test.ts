import type { GuardOptions, KeyValidatorBinding, Refusal } from "latchkey/client";
import { describe, expect, it } from "vitest";
import { accepted, asked, type Env, key, refused, rotating, saying, send } from "../support/guarded.ts";

describe("a request is refused", () => {
  it("without a key: 401, and a challenge that names no error", async () => {
    const { response, problem, handler } = await send({ keys: saying(accepted) }, {});

    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toBe('Bearer realm="latchkey"');
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(problem).toMatchObject({
      type: "urn:problem-type:latchkey:missing_credential",
      status: 401,
      code: "missing_credential",
    });
    expect(handler).not.toHaveBeenCalled();
    expect(asked).toEqual([]);
  });

  it.each([
    { Authorization: "Basic b3duOg==" },
    { Authorization: "Bearer" },
    { Authorization: "Bearer  " },
    { "X-API-Key": "  " },
  ])("with %j as without a key", async (headers) => {
    expect((await send({ keys: saying(accepted) }, headers as Record<string, string>)).problem.code).toBe(
      "missing_credential",
    );
  });

  it.each([
    { Authorization: `Bearer ${key}`, "X-API-Key": `${key}1` },
    { "X-API-Key": `${key}, ${key}1` },
    { Authorization: `Bearer ${key}, Bearer ${key}1` },
  ])("with two keys: 400, and neither is tried", async (headers) => {
    const { response, problem, handler } = await send({ keys: saying(accepted) }, headers as Record<string, string>);

    expect(response.status).toBe(400);
    expect(problem.code).toBe("multiple_credentials");
    expect(handler).not.toHaveBeenCalled();
    expect(asked).toEqual([]);
  });

  it.each(["malformed", "unknown", "tampered", "revoked", "expired", "rotated", "disabled"])(
    "with a key that is %s: 401 invalid_token",
    async (code) => {
      const { response, problem, handler } = await send({ keys: saying(refused(code, 401)), realm: "orders" });

      expect(response.status).toBe(401);
      expect(response.headers.get("WWW-Authenticate")).toBe('Bearer realm="orders", error="invalid_token"');
      expect(problem.code).toBe(code);
      expect(handler).not.toHaveBeenCalled();
    },
  );

  it("without a needed scope: 403, and the challenge names what is needed", async () => {
    const { response, problem } = await send({
      keys: saying(refused("insufficient_scope", 403, { missing: ["orders:write"], id: accepted.id })),
      scopes: ["orders:read", "orders:write"],
    });

    expect(response.status).toBe(403);
    expect(response.headers.get("WWW-Authenticate")).toBe(
      'Bearer realm="latchkey", error="insufficient_scope", scope="orders:read orders:write"',
    );
    expect(problem).toMatchObject({ code: "insufficient_scope", missing: ["orders:write"], id: accepted.id });
  });

  it("with another prefix: 403 without a challenge, for no scope would help", async () => {
    const { response } = await send({ keys: saying(refused("wrong_prefix", 403)) });

    expect(response.status).toBe(403);
    expect(response.headers.get("WWW-Authenticate")).toBeNull();
  });

  it.each([
    [{ retryAfter: 17 }, "17"],
    [{ retryAfter: 0.2 }, "1"],
    [{}, "5"],
    [{ retryAfter: -1 }, "5"],
    [{ retryAfter: "soon\r\nX-Evil: 1" }, "5"],
    [{ retryAfter: Number.POSITIVE_INFINITY }, "5"],
  ])("while the manager is out of reach: 503; of %j the client hears %s", async (more, expected) => {
    const { response, problem, handler } = await send({ keys: saying(refused("unavailable", 503, more)) });

    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toBe(expected);
    expect(problem.code).toBe("unavailable");
    expect(handler).not.toHaveBeenCalled();
  });

  it("and told to onRefused, whose response is sent instead", async () => {
    const heard: Refusal[] = [];
    const onRefused = (refusal: Refusal) => {
      heard.push(refusal);
      return refusal.status === 401 ? new Response("go away", { status: 404 }) : undefined;
    };
    const verdict = refused("revoked", 401);
    const hidden = await send({ keys: saying(verdict), onRefused });
    const plain = await send({ keys: saying(refused("wrong_prefix", 403)), onRefused });

    expect(hidden.response.status).toBe(404);
    expect(plain.response.status).toBe(403);
    expect(heard[0]).toEqual({ status: 401, code: "revoked", verdict });
  });
});

describe("an older guard with a newer manager", () => {
  it.each([
    ["rate_limited", 429],
    ["credits_exhausted", 403],
    ["not_yet_valid", 401],
    ["a_code_of_next_year", 451],
  ])("answers %s, which it does not know, by its httpStatus %i", async (code, status) => {
    const { response, problem } = await send({ keys: saying(refused(code, status, { hologram: { a: [1] } })) });

    expect(response.status).toBe(status);
    expect(problem.code).toBe(code);
    expect(problem).not.toHaveProperty("hologram");
    expect(response.headers.has("Retry-After")).toBe(status === 429);
  });

  it("takes unknown warnings and members calmly, and hands them on", async () => {
    const grown = {
      ...rotating,
      code: "valid_today",
      plan: "gold",
      warnings: [{ code: "quota_low", left: 3 }, "odd", null, ...rotating.warnings],
    };
    const { response, handler } = await send({ keys: saying(grown) });

    expect(response.status).toBe(200);
    expect(response.headers.get("X-Key-Warning")).toBe("rotating");
    expect(handler.mock.calls[0]?.[3]).toEqual(grown);
  });

  it("survives a verdict whose warnings are gone or odd", async () => {
    const { warnings: _gone, ...without } = accepted;
    const statuses = [];
    for (const verdict of [without, { ...accepted, warnings: "none" }, { ...rotating, validUntil: "some day" }]) {
      statuses.push((await send({ keys: saying(verdict), sunset: true })).response.status);
    }
    expect(statuses).toEqual([200, 200, 200]);
  });
});

describe("what cannot be understood is refused", () => {
  it.each([
    ["nothing", undefined],
    ["null", null],
    ["text", "valid"],
    ["true", true],
    ["an empty object", {}],
    ["truth that is no truth", { ...accepted, valid: "true" }],
    ["1 for true", { ...accepted, valid: 1 }],
    ["an accepted key without an owner", { ...accepted, owner: undefined }],
    ["an accepted key without scopes", { ...accepted, scopes: undefined }],
    ["a refusal without a status", refused("unknown", undefined)],
    ["a refusal with status 200", refused("unknown", 200)],
    ["a refusal with status 302", refused("unknown", 302)],
    ["a refusal with status 1000", refused("unknown", 1000)],
    ["a refusal with the status as text", refused("unknown", "401")],
    ["a refusal with a status that is no whole number", refused("unknown", 401.5)],
    ["a refusal with status NaN", refused("unknown", Number.NaN)],
  ])("%s: 503", async (_what, verdict) => {
    const { response, handler } = await send({ keys: saying(verdict) });

    expect(response.status).toBe(503);
    expect(handler).not.toHaveBeenCalled();
  });

  it("a code that is no code stays inside", async () => {
    const { response, text } = await send({ keys: saying(refused('<b>"\r\n', 401)) });

    expect(response.status).toBe(401);
    expect(text).not.toContain("<b>");
    expect(JSON.parse(text).code).toBe("refused");
  });

  it("a call the manager takes for wrong is a 500, and its detail stays inside", async () => {
    const heard: Refusal[] = [];
    const verdict = refused("invalid_request", 500, { detail: "props of the binding: owners" });
    const { response, text } = await send({ keys: saying(verdict), onRefused: (refusal) => void heard.push(refusal) });

    expect(response.status).toBe(500);
    expect(text).not.toContain("props");
    expect(heard[0]?.verdict).toEqual(verdict);
  });
});

describe("a guard that fails lets nobody in", () => {
  it.each([
    ["rejects", async () => Promise.reject(new Error(`no such object ${key}`))],
    [
      "throws",
      () => {
        throw new Error(`no such object ${key}`);
      },
    ],
  ])("when the call %s: 503, and nothing of the error is told", async (_how, validate) => {
    const heard: Refusal[] = [];
    const onRefused = (refusal: Refusal) => void heard.push(refusal);
    const { response, text, handler } = await send({ keys: { validate }, onRefused });

    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toBe("5");
    expect(text).not.toContain("object");
    expect(text).not.toContain(key);
    expect(heard[0]?.error).toBeInstanceOf(Error);
    expect(handler).not.toHaveBeenCalled();
  });

  it("when the manager does not answer in time: 503", async () => {
    const { response, handler } = await send({
      keys: { validate: () => new Promise(() => undefined) },
      timeoutSeconds: 0.05,
    });

    expect(response.status).toBe(503);
    expect(handler).not.toHaveBeenCalled();
  });

  const broken = () => {
    throw new Error("no route");
  };

  it.each<[string, Partial<GuardOptions<Env>>]>([
    ["the binding is not there", { keys: () => undefined as unknown as KeyValidatorBinding }],
    ["what is needed cannot be told", { scopes: broken }],
    ["a table of scopes has no entry for the route", { scopes: () => undefined as unknown as string[] }],
    ["the address cannot be told", { ip: broken }],
  ])("when %s: 500, never an exception that a Worker passes through", async (_what, options) => {
    const { response, handler } = await send({ keys: saying(accepted), ...options });

    expect(response.status).toBe(500);
    expect(handler).not.toHaveBeenCalled();
  });

  it("when onRefused throws, the refusal stands", async () => {
    const onRefused = () => {
      throw new Error("the log is full");
    };
    expect((await send({ keys: saying(refused("revoked", 401)), onRefused })).response.status).toBe(401);
  });

  it("when needed scopes come from the request, no scope breaks out of the challenge", async () => {
    const { response } = await send({
      keys: saying(refused("insufficient_scope", 403)),
      scopes: () => ['a", error="none', "orders:read", "b\r\nX-Evil: 1"],
    });

    expect(response.headers.get("WWW-Authenticate")).toBe(
      'Bearer realm="latchkey", error="insufficient_scope", scope="orders:read"',
    );
  });
});
