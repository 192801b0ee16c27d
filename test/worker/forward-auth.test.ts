import { afterEach, describe, expect, it } from "vitest";
import { validatorKey } from "../support/gateways.ts";
import {
  anotherIsolate,
  type CreatedKey,
  forgetEverything,
  inObject,
  type Manager,
  type RequestOptions,
  startManager,
} from "../support/manager.ts";
import { type AnyAnswer, expectInvalid, expectProblem } from "../support/problems.ts";
import { openSession } from "../support/session.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

type Headers = Readonly<Record<string, string>>;
const path = "/v1/forward-auth";

/** A gateway with a key of its own, and the requests it asks about. */
class Gateway {
  readonly manager: Manager;
  readonly #key: string;

  constructor(manager: Manager, key: string) {
    this.manager = manager;
    this.#key = key;
  }

  ask(headers: Headers, options: RequestOptions = {}, to = path): Promise<AnyAnswer> {
    const own = { "X-Latchkey-Gateway": this.#key };
    return this.manager.request(to, { key: null, ...options, headers: { ...own, ...headers } });
  }

  about(key: string, scopes?: string): Promise<AnyAnswer> {
    const needed: Headers = scopes === undefined ? {} : { "X-Latchkey-Scopes": scopes };
    return this.ask({ Authorization: `Bearer ${key}`, ...needed });
  }
}

const startGateway = async (): Promise<Gateway> => {
  const manager = await startManager();
  return new Gateway(manager, await validatorKey(manager));
};

const expectRefused = (answer: AnyAnswer, status: number, code: string, authCode: string, label = ""): void => {
  expectProblem(answer, status, code, label);
  expect([label, answer.headers.get("X-Auth-Code")]).toEqual([label, authCode]);
  expect([...answer.headers.keys()].filter((name) => name.startsWith("x-key-"))).toEqual([]);
};

const expectAllowed = ({ status, text, headers }: AnyAnswer, { id, lineage, owner, scopes }: CreatedKey): void => {
  expect([status, text]).toEqual([200, ""]);
  const told = ["X-Key-Id", "X-Key-Lineage", "X-Key-Owner", "X-Key-Scopes"].map((name) => headers.get(name));
  expect(told).toEqual([id, lineage, owner, scopes.join(" ")]);
  expect(headers.get("Cache-Control")).toBe("no-store");
};

describe("a request with a good key", () => {
  it("may pass, and the gateway is told whose key it is and all it may do", async () => {
    const gateway = await startGateway();
    const owner = "Acct.1~a:b@c/d|e+f=g-h";
    const key = await gateway.manager.createKey({ scopes: ["orders:*", "users:read"], owner });
    const answer = await gateway.about(key.key, "orders:read");
    expectAllowed(answer, key);
    for (const name of ["X-Key-Warning", "X-Key-Valid-Until", "X-Auth-Code", "WWW-Authenticate"]) {
      expect([name, answer.headers.get(name)]).toEqual([name, null]);
    }
    expectAllowed(await gateway.ask({ "X-API-Key": key.key }), key);
    expectAllowed(await gateway.ask({ "X-API-Key": key.key, Authorization: `bearer ${key.key}` }), key);
  });

  it("is told with an empty list of scopes where the key has none", async () => {
    const gateway = await startGateway();
    const key = await gateway.manager.createKey();
    const answer = await gateway.about(key.key);
    expectAllowed(answer, key);
    expect(answer.headers.has("X-Key-Scopes")).toBe(true);
  });

  it("may pass in its grace, with a warning and its end", async () => {
    const gateway = await startGateway();
    const old = await gateway.manager.createKey();
    const { body: fresh } = await gateway.manager.rotate(old.id, { graceSeconds: 60 });
    const { headers } = await gateway.about(old.key);
    const end = fresh.replaced.rotation.graceEndsAt;
    expect([headers.get("X-Key-Warning"), headers.get("X-Key-Valid-Until")]).toEqual(["rotating", end]);
    const { headers: headersOfNew } = await gateway.about(fresh.key);
    expect([headersOfNew.get("X-Key-Lineage"), headersOfNew.get("X-Key-Warning")]).toEqual([old.id, null]);
    testWorld.clockOffsetMs = 61_000;
    expectRefused(await gateway.about(old.key), 401, "invalid_credential", "rotated");
  });

  it("may pass with any method, OPTIONS too, whatever its body and its other headers", async () => {
    const gateway = await startGateway();
    const key = await gateway.manager.createKey();
    const others = {
      ...{ Authorization: `Bearer ${key.key}`, Origin: "https://app.example", "Access-Control-Request-Method": "PUT" },
      ...{ "Content-Type": "text/plain", "Content-Encoding": "br", "If-Match": "a", "If-None-Match": "*" },
      ...{ "Idempotency-Key": "not visible", Cookie: "latchkey=a", Range: "bytes=0-1", Accept: "image/png" },
    };
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
      const body = ["GET", "HEAD"].includes(method) ? {} : { body: "{" };
      expectAllowed(await gateway.ask(others, { method, ...body }), key);
      expect((await gateway.ask({}, { method })).status).toBe(401);
    }
    expectAllowed(await gateway.ask(others, { method: "POST", body: " ".repeat(70_000) }), key);
  });

  it("answers a page's origin with nothing of the manager's own CORS", async () => {
    const { manager } = await startGateway();
    const origin = "https://app.example";
    const gateway = new Gateway(anotherIsolate(manager, { CORS_ORIGINS: origin }), await validatorKey(manager));
    const { headers } = await gateway.ask({ Origin: origin });
    expect([...headers.keys()].filter((name) => /^(access-control-|vary)/.test(name))).toEqual([]);
  });
});

describe("the scopes that are needed", () => {
  it("are those of the header and of the query together", async () => {
    const gateway = await startGateway();
    const key = await gateway.manager.createKey({ scopes: ["a:b", "c:d"] });
    const client = { Authorization: `Bearer ${key.key}` };
    const ask = (scopes: string | null, search: string) =>
      gateway.ask({ ...client, ...(scopes === null ? {} : { "X-Latchkey-Scopes": scopes }) }, {}, `${path}${search}`);
    for (const [scopes, search] of [
      ["a:b", ""],
      [" a:b   c:d ", ""],
      [null, "?scope=a:b"],
      [null, "?scope=a:b+c:d&other=1&scope=a:b"],
      ["a:b", "?scope=c:d"],
    ] as const) {
      expectAllowed(await ask(scopes, search), key);
    }
    for (const [scopes, search] of [
      ["a:b x:y", ""],
      ["x:y", "?scope=a:b"],
      ["a:b", "?scope=x:y"],
      [null, "?scope=a:b&scope=x:y"],
    ] as const) {
      const answer = await ask(scopes, search);
      expectRefused(answer, 403, "insufficient_scope", "insufficient_scope", search);
      expect(answer.body.missing).toEqual(["x:y"]);
    }
  });

  it("are named by the challenge of a key that lacks one", async () => {
    const gateway = await startGateway();
    const { key } = await gateway.manager.createKey({ scopes: ["a:b"] });
    const { headers } = await gateway.about(key, "a:b x:y");
    const challenge = 'Bearer realm="latchkey", error="insufficient_scope", scope="a:b x:y"';
    expect(headers.get("WWW-Authenticate")).toBe(challenge);
  });

  it("let nothing pass when they are no scopes, too many, or named and empty", async () => {
    const gateway = await startGateway();
    const { key } = await gateway.manager.createKey({ scopes: ["*"] });
    const many = Array.from({ length: 65 }, (_, place) => `a:${place}`).join(" ");
    for (const scopes of ["", " ", "a:*", "A:b", "a:b, c:d", '"a:b"', "a::b", many]) {
      const answer = await gateway.about(key, scopes);
      expectRefused(answer, 503, "gateway_misconfigured", "gateway_misconfigured", scopes);
      expect(answer.body.errors).toMatchObject([{ header: "X-Latchkey-Scopes" }]);
    }
    for (const search of ["?scope=", "?scope=*", "?scope=a:b&scope=A"]) {
      const answer = await gateway.ask({ Authorization: `Bearer ${key}` }, {}, `${path}${search}`);
      expectRefused(answer, 503, "gateway_misconfigured", "gateway_misconfigured", search);
      expect(answer.body.errors).toMatchObject([{ parameter: "scope" }]);
    }
  });
});

describe("a request with a key that is not good", () => {
  it("is a 401 with the code of the verdict and the challenge of RFC 6750", async () => {
    const gateway = await startGateway();
    const { manager } = gateway;
    const [revoked, expired, disabled] = await Promise.all([
      manager.createKey(),
      manager.createKey({ expiresInSeconds: 1 }),
      manager.createKey({ enabled: false }),
    ]);
    await manager.revoke(revoked.id);
    testWorld.clockOffsetMs = 2000;
    for (const [{ key }, code] of [
      [revoked, "revoked"],
      [expired, "expired"],
      [disabled, "disabled"],
      [{ key: manager.adminKey }, "unknown"],
      [{ key: "a" }, "malformed"],
    ] as const) {
      const answer = await gateway.about(key, "a:b");
      expectRefused(answer, 401, "invalid_credential", code, code);
      expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="latchkey", error="invalid_token"');
      expect(answer.body.reason).toBe(["unknown", "malformed"].includes(code) ? undefined : code);
    }
    for (const Authorization of ["Basic YTpi", "Digest a", revoked.key]) {
      expectRefused(await gateway.ask({ Authorization }), 401, "invalid_credential", "malformed", Authorization);
    }
  });

  it("is a 401 without an error where there is none, a session's cookie or not", async () => {
    const gateway = await startGateway();
    const { cookie } = await openSession(gateway.manager);
    for (const headers of [{}, { Authorization: "" }, { Authorization: "Bearer" }, { Cookie: cookie }]) {
      const answer = await gateway.ask(headers);
      expectRefused(answer, 401, "missing_credential", "missing_credential");
      expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="latchkey"');
    }
  });

  it("is a 400 where there are two different ones, good or not", async () => {
    const gateway = await startGateway();
    const { key } = await gateway.manager.createKey();
    for (const headers of [{ Authorization: `Bearer ${key}`, "X-API-Key": "a" }, { "X-API-Key": `${key}, a` }]) {
      expectRefused(await gateway.ask(headers), 400, "multiple_credentials", "multiple_credentials");
    }
  });

  it("is refused where the gateway's role leaves it out: by owner as unknown, by prefix as not its kind", async () => {
    const { manager } = await startGateway();
    const constraint = { owners: ["acct_1"], prefixes: ["acme_*"] };
    await manager.saveRole("narrow", { permissions: ["keys:validate"], constraint });
    const gateway = new Gateway(manager, (await manager.createAdmin({ roles: ["narrow"] })).key);
    const inside = await manager.createKey({ prefix: "acme_live" });
    expectAllowed(await gateway.about(inside.key), inside);
    const { key: others } = await manager.createKey({ prefix: "acme_live", owner: "acct_2" });
    expectRefused(await gateway.about(others), 401, "invalid_credential", "unknown");
    const answer = await gateway.about((await manager.createKey()).key);
    expectRefused(answer, 403, "wrong_prefix", "wrong_prefix");
    expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="latchkey", error="insufficient_scope"');
  });
});

const refusals = () =>
  inObject("admin", (sql) => sql.exec("SELECT reason, note FROM events WHERE type = 'access.refused'").toArray());

describe("a gateway that is not set up right", () => {
  it("lets nothing pass, and its client is not told that its key is wrong", async () => {
    const { manager } = await startGateway();
    const { key } = await manager.createKey();
    const { key: auditor } = await manager.createAdmin();
    const revoked = await manager.createAdmin({ roles: ["validator"] });
    await manager.request(`/v1/admins/${revoked.id}/revoke`, { json: {} });
    for (const own of [
      "",
      " ",
      "a",
      key,
      auditor,
      revoked.key,
      `${manager.adminKey}, a`,
      `Bearer ${manager.adminKey}`,
    ]) {
      for (const client of [{ Authorization: `Bearer ${key}` }, { Authorization: `Bearer ${manager.adminKey}` }, {}]) {
        const answer = await new Gateway(manager, own).ask(client);
        expectRefused(answer, 503, "gateway_misconfigured", "gateway_misconfigured", own.slice(0, 20));
        expect(answer.headers.has("WWW-Authenticate")).toBe(false);
        expect(answer.body.errors).toMatchObject([{ header: "X-Latchkey-Gateway" }]);
      }
    }
    const { cookie } = await openSession(manager);
    for (const headers of [{ "X-API-Key": manager.adminKey }, { Authorization: `Bearer ${key}`, Cookie: cookie }]) {
      const answer = await manager.request(path, { key: null, headers });
      expectRefused(answer, 503, "gateway_misconfigured", "gateway_misconfigured");
    }
  });

  it("leaves an event when its admin is known and may not validate, and none when nobody is", async () => {
    const { manager } = await startGateway();
    await new Gateway(manager, "a").about("a");
    expect(await refusals()).toEqual([]);
    await new Gateway(manager, (await manager.createAdmin()).key).about("a");
    expect(await refusals()).toEqual([{ reason: "gateway_misconfigured", note: "GET /v1/forward-auth" }]);
  });

  it("is told apart from a manager that cannot tell", async () => {
    const { manager } = await startGateway();
    const { key } = await manager.createKey();
    const broken = new Gateway(anotherIsolate(manager, { HMAC_SECRET: "" }), await validatorKey(manager));
    expectRefused(await broken.about(key), 503, "not_configured", "not_configured");
  });

  it("loses its right at the next request after its key was taken away", async () => {
    const { manager } = await startGateway();
    const key = await manager.createKey();
    const admin = await manager.createAdmin({ roles: ["validator"] });
    const gateway = new Gateway(manager, admin.key);
    expectAllowed(await gateway.about(key.key), key);
    await manager.request(`/v1/admins/${admin.id}`, { method: "PATCH", json: { roles: ["auditor"] } });
    expect((await gateway.about(key.key)).status).toBe(503);
  });
});

describe("a gateway that appends its client's path", () => {
  it("is answered below the path as on it, and nothing of the rest is looked at", async () => {
    const gateway = await startGateway();
    const key = await gateway.manager.createKey({ scopes: ["a:b"] });
    const client = { Authorization: `Bearer ${key.key}`, "X-Latchkey-Scopes": "a:b" };
    for (const rest of ["/", "/orders", "/a/b/?scope=x:y&scope=A&c=%00", "//", "/%2e%2e%2f", "/v1/keys", "/é?a=b#c"]) {
      expectAllowed(await gateway.ask(client, {}, `${path}${rest}`), key);
      expectRefused(await gateway.ask({}, {}, `${path}${rest}`), 401, "missing_credential", "missing_credential");
    }
    for (const beside of ["/v1/forward-authority", "/v1/forward-auth*", "/V1/forward-auth"]) {
      expect((await gateway.ask(client, {}, beside)).status).toBe(400);
    }
  });

  it("takes no answer of another route for a verdict, however its client gets there", async () => {
    const gateway = await startGateway();
    const { manager } = gateway;
    const { key } = await manager.createKey();
    const open = ["healthz", "readyz", "docs", "openapi.json", "", "v1/setup", "v1/keys", "nowhere"];
    for (const ups of ["..", "%2e%2E", ".%2e"]) {
      for (const target of open) {
        for (const method of ["GET", "HEAD", "OPTIONS"]) {
          const answer = await gateway.ask({}, { method }, `${path}/${ups}/${ups}/${target}`);
          expect([ups, target, method, answer.status]).toEqual([ups, target, method, 400]);
          if (method === "GET") expectInvalid(answer, { header: "X-Latchkey-Gateway" });
        }
      }
    }
    const admins = { Authorization: `Bearer ${manager.adminKey}` };
    expect((await gateway.ask(admins, {}, `${path}/../keys`)).status).toBe(400);
    const back = `${path}/../forward-auth?scope=x:y`;
    expectRefused(await gateway.ask({ "X-API-Key": key }, {}, back), 403, "insufficient_scope", "insufficient_scope");
  });

  it("is refused a URL that holds a key, before anything else", async () => {
    const gateway = await startGateway();
    const { key } = await gateway.manager.createKey();
    for (const rest of [`?scope=${key}`, `/orders?key=${key}`, `/${key}`]) {
      const answer = await gateway.ask({ Authorization: `Bearer ${key}` }, {}, `${path}${rest}`);
      expectProblem(answer, 400, "secret_in_url");
    }
  });
});

/** The requests that gateways send, word for word but for the keys and addresses. */
const forms: Readonly<Record<string, { to: string; method: string; headers: Headers }>> = {
  "Envoy's ext_authz with a path_prefix": {
    to: `${path}/orders/17?scope=x:y&expand=1`,
    method: "POST",
    headers: {
      ...{ Host: "api.example.com", "Content-Length": "0", "X-Envoy-Internal": "true" },
      ...{ "X-Forwarded-For": "192.0.2.1", "X-Envoy-Expected-Rq-Timeout-Ms": "200" },
    },
  },
  "Traefik's ForwardAuth": {
    to: path,
    method: "GET",
    headers: {
      ...{ "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "api.example.com", "X-Forwarded-Method": "POST" },
      ...{ "X-Forwarded-Proto": "https", "X-Forwarded-Uri": "/orders/17?expand=1", "User-Agent": "curl/8.5.0" },
      ...{ Accept: "*/*", "Content-Type": "application/json", "Accept-Encoding": "gzip" },
    },
  },
  "Caddy's forward_auth": {
    to: `${path}?scope=orders:write`,
    method: "GET",
    headers: {
      ...{ "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "api.example.com", "X-Forwarded-Method": "POST" },
      ...{ "X-Forwarded-Proto": "https", "X-Forwarded-Uri": "/orders/17?expand=1", Via: "1.1 Caddy" },
      ...{ "Content-Type": "application/json", "Accept-Encoding": "gzip" },
    },
  },
  "nginx's auth_request": {
    to: path,
    method: "GET",
    headers: { Host: "keys.internal", Connection: "close", "X-Original-URI": "/orders/17?expand=1" },
  },
};

describe.each(Object.entries(forms))("a request as %s sends it", (_name, { to, method, headers }) => {
  const ask = (gateway: Gateway, key: string | null) => {
    const scopes: Headers = to.includes("scope=orders") ? {} : { "X-Latchkey-Scopes": "orders:write" };
    const client: Headers = key === null ? {} : { Authorization: `Bearer ${key}` };
    return gateway.ask({ ...headers, ...scopes, ...client }, { method }, to);
  };

  it("is answered for a good key, one without the scope, a bad one and none", async () => {
    const gateway = await startGateway();
    const good = await gateway.manager.createKey({ scopes: ["orders:write"] });
    const narrow = await gateway.manager.createKey({ scopes: ["orders:read"] });
    expectAllowed(await ask(gateway, good.key), good);
    expectRefused(await ask(gateway, narrow.key), 403, "insufficient_scope", "insufficient_scope");
    expectRefused(await ask(gateway, "a"), 401, "invalid_credential", "malformed");
    expectRefused(await ask(gateway, null), 401, "missing_credential", "missing_credential");
  });
});
