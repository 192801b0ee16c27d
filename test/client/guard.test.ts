import { type GuardOptions, guard, type KeyValidatorBinding } from "latchkey/client";
import { describe, expect, it, vi } from "vitest";
import { accepted, asked, type Env, env, graceEndsAt, key, rotating, saying, send, url } from "../support/guarded.ts";

describe("a guarded handler", () => {
  it("is called with the verdict when the key is good", async () => {
    const { response, handler, problem } = await send({ keys: saying(accepted) });

    expect(response.status).toBe(200);
    expect(problem).toEqual({ said: "hello acct_42" });
    expect(handler.mock.calls[0]?.[3]).toEqual(accepted);
  });

  it("asks for what the route needs, statically or by request, and tells whose request it is", async () => {
    await send(
      {
        keys: saying(accepted),
        scopes: (request, { GREETING }) => [`${new URL(request.url).pathname.split("/")[1]}:read`, GREETING],
        anyScope: async () => ["orders:admin", "orders:all"],
        prefixes: ["acme_*"],
      },
      { "X-API-Key": ` ${key} `, "CF-Connecting-IP": "2001:db8::1" },
    );

    expect(asked).toEqual([
      {
        key,
        scopes: ["orders:read", "hello"],
        anyScope: ["orders:admin", "orders:all"],
        prefixes: ["acme_*"],
        ip: "2001:db8::1",
      },
    ]);
  });

  it("finds the binding in the bindings of the Worker", async () => {
    const handler = guard({ keys: ({ KEYS }: { KEYS: KeyValidatorBinding }) => KEYS }, () => new Response("in"));
    const response = await handler(new Request(url, { headers: { "X-API-Key": key } }), { KEYS: saying(accepted) }, {});

    expect(await response.text()).toBe("in");
  });

  it("asks anew for every request: no verdict is kept", async () => {
    const verdicts: unknown[] = [accepted, { valid: false, code: "revoked", httpStatus: 401 }];
    const handler = guard({ keys: { validate: async () => verdicts.shift() } }, () => new Response("in"));
    const statuses = [];
    for (let time = 0; time < 2; time += 1) {
      const request = new Request(url, { headers: { "X-API-Key": key } });
      statuses.push((await handler(request, env, {})).status);
    }

    expect(statuses).toEqual([200, 401]);
  });

  it("reads the key from the headers that are named, and nowhere else", async () => {
    const options = { keys: saying(accepted), headers: ["Acme-Key"] };

    expect((await send(options, { "Acme-Key": key })).response.status).toBe(200);
    expect((await send(options, { Authorization: `Bearer ${key}` })).problem.code).toBe("missing_credential");
  });

  it("takes the same key in both headers as one", async () => {
    const both = { Authorization: `bearer ${key}`, "X-API-Key": key };
    expect((await send({ keys: saying(accepted) }, both)).response.status).toBe(200);
  });

  it("leaves the request as it is, or takes the key out of it and nothing else", async () => {
    const seen: Request[] = [];
    const look = vi.fn((request: Request) => {
      seen.push(request);
      return new Response("in");
    });
    const headers = { Authorization: "Basic b3duOg==", "X-API-Key": key, Accept: "text/plain" };
    await send({ keys: saying(accepted) }, headers, look);
    await send({ keys: saying(accepted), stripCredential: true }, headers, look);
    await send({ keys: saying(accepted), stripCredential: true }, { Authorization: `Bearer ${key}` }, look);

    expect(seen[0]?.headers.get("X-API-Key")).toBe(key);
    expect(seen[1]?.headers.get("X-API-Key")).toBeNull();
    expect(seen[1]?.headers.get("Authorization")).toBe("Basic b3duOg==");
    expect(seen[1]?.headers.get("Accept")).toBe("text/plain");
    expect(seen[1]?.url).toBe(url);
    expect(seen[2]?.headers.get("Authorization")).toBeNull();
  });

  it("takes it out of every header it stands in, and out of whatever a runtime hides in the request", async () => {
    const seen: Request[] = [];
    const options = { keys: saying(accepted), stripCredential: true, headers: ["X-API-Key"] };
    const look = (request: Request) => {
      seen.push(request);
      return new Response("in");
    };
    const both = { "X-API-Key": key, Authorization: `Bearer ${key}`, "X-Other": "stays" };
    const hidden = Symbol("state");
    const request = Object.assign(new Request(url, { headers: both }), {
      [hidden]: { headers: both },
      params: { id: "7" },
    });
    await guard(options, look)(request, env, {});

    expect([...(seen[0]?.headers ?? [])].map(([name]) => name)).toEqual(["x-other"]);
    expect(Reflect.ownKeys(seen[0] ?? {})).not.toContain(hidden);
    expect(seen[0]).toMatchObject({ params: { id: "7" } });
  });

  it("does not start where a list of needs is there and is none", () => {
    for (const name of ["scopes", "anyScope", "prefixes"]) {
      for (const slip of [undefined, null]) {
        const options = { keys: saying(accepted), [name]: slip } as never;
        expect(() => guard(options, () => new Response("in"))).toThrow(name);
      }
    }
  });

  it("keeps method and body of a request whose key it takes out", async () => {
    const echo = guard({ keys: saying(accepted), stripCredential: true }, async (request) =>
      Response.json([request.method, await request.text(), request.headers.has("X-API-Key")]),
    );
    const request = new Request(url, { method: "PUT", body: "seven", headers: { "X-API-Key": key } });

    expect(await (await echo(request, env, {})).json()).toEqual(["PUT", "seven", false]);
  });
});

describe("in grace", () => {
  it("the response tells the client until when its key works", async () => {
    const { response } = await send({ keys: saying(rotating) });

    expect(response.headers.get("X-Key-Warning")).toBe("rotating");
    expect(response.headers.get("X-Key-Valid-Until")).toBe(graceEndsAt);
    expect(response.headers.get("Sunset")).toBeNull();
    expect(response.headers.get("Deprecation")).toBeNull();
  });

  it("with sunset, also in the words of RFC 9745 and RFC 8594", async () => {
    const before = Math.floor(Date.now() / 1000);
    const { response } = await send({ keys: saying(rotating), sunset: true });
    const [, seconds] = /^@(\d+)$/.exec(response.headers.get("Deprecation") ?? "") ?? [];

    expect(response.headers.get("Sunset")).toBe("Sun, 31 Jan 2027 23:59:59 GMT");
    expect(Number(seconds)).toBeGreaterThanOrEqual(before);
    expect(Number(seconds)).toBeLessThanOrEqual(before + 60);
  });

  it("a key that is not in grace adds nothing, though it will expire", async () => {
    const { response } = await send({ keys: saying({ ...accepted, validUntil: graceEndsAt }), sunset: true });

    expect([...response.headers.keys()]).toEqual(
      ["content-length", "content-type"].filter((n) => response.headers.has(n)),
    );
  });

  it("an accepted WebSocket stays one", async () => {
    const [client, server] = Object.values(new WebSocketPair());
    server?.accept();
    const upgrade = () => new Response(null, { status: 101, webSocket: client ?? null });
    const response = await guard({ keys: saying(rotating) }, upgrade)(
      new Request(url, { headers: { "X-API-Key": key } }),
      env,
      {},
    );

    expect(response.status).toBe(101);
    expect(response.webSocket).not.toBeNull();
    expect(response.headers.get("X-Key-Warning")).toBe("rotating");
  });
});

describe("options that are wrong at every request", () => {
  it.each([
    { scopes: ["orders read"] },
    { scopes: ["orders:*"] },
    { anyScope: [""] },
    { headers: [] },
    { headers: ["X API Key"] },
    { realm: 'a"b' },
    { realm: "a\r\nb" },
    { timeoutSeconds: 0 },
    { timeoutSeconds: Number.NaN },
  ] as Omit<GuardOptions<Env>, "keys">[])("are refused when the Worker starts: %j", (options) => {
    expect(() => guard({ keys: saying(accepted), ...options }, () => new Response("in"))).toThrow(TypeError);
  });
});
