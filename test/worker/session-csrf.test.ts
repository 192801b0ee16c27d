import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import worker from "../../src/index.ts";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import {
  anotherIsolate,
  type CreatedAdmin,
  type CreatedKey,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  rowOf,
  startManager,
} from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import { isAlive, openSession, ownPage, sessionIds, type Visit, visitWith } from "../support/session.ts";

let manager: Manager;
let visit: Visit;
let key: CreatedKey;
let admin: CreatedAdmin;

beforeAll(async () => {
  manager = await startManager();
  visit = await openSession(manager);
  key = await manager.createKey();
  admin = await manager.createAdmin();
  await manager.saveRole("unheld", { permissions: ["keys:read"] });
});
afterAll(forgetEverything);

type Claim = Readonly<Record<string, string>>;

/** What a browser would say of a request that a page of somebody else made, or that no page made. */
const claims: readonly [string, Claim][] = [
  ["neither header", {}],
  ["no Origin", { "Sec-Fetch-Site": "same-origin" }],
  ["no Sec-Fetch-Site", { Origin: ownPage.Origin }],
  ["a foreign Origin", { Origin: "https://evil.test", "Sec-Fetch-Site": "cross-site" }],
  ["a foreign Origin that says same-origin", { Origin: "https://evil.test", "Sec-Fetch-Site": "same-origin" }],
  ["the Origin null", { Origin: "null", "Sec-Fetch-Site": "same-origin" }],
  ["an empty Origin", { Origin: "", "Sec-Fetch-Site": "same-origin" }],
  ["a scheme that is none of a page", { Origin: "ftp://latchkey.test", "Sec-Fetch-Site": "same-origin" }],
  ["TLS at another port", { Origin: "https://latchkey.test:8443", "Sec-Fetch-Site": "same-origin" }],
  ["another port", { Origin: "http://latchkey.test:8080", "Sec-Fetch-Site": "same-origin" }],
  ["a host below", { Origin: "http://a.latchkey.test", "Sec-Fetch-Site": "same-site" }],
  ["a host that begins alike", { Origin: "http://latchkey.test.evil.test", "Sec-Fetch-Site": "same-origin" }],
  ["two Origins", { Origin: "http://latchkey.test http://evil.test", "Sec-Fetch-Site": "same-origin" }],
  ["a path in its Origin", { Origin: "http://latchkey.test/", "Sec-Fetch-Site": "same-origin" }],
  ["a cross-site fetch", { Origin: ownPage.Origin, "Sec-Fetch-Site": "cross-site" }],
  ["a same-site fetch", { Origin: ownPage.Origin, "Sec-Fetch-Site": "same-site" }],
  ["a fetch of no site", { Origin: ownPage.Origin, "Sec-Fetch-Site": "none" }],
  ["two kinds of fetch", { Origin: ownPage.Origin, "Sec-Fetch-Site": "same-origin, cross-site" }],
];

const acts = (): readonly [string, string, unknown][] => [
  ["POST", "/v1/keys", { name: "A key", owner: "acct_1" }],
  ["POST", "/v1/validate", { key: key.key }],
  ["PATCH", `/v1/keys/${key.id}`, { name: "Renamed" }],
  ["POST", `/v1/keys/${key.id}/reveal`, { reason: "asked for" }],
  ["POST", `/v1/keys/${key.id}/revoke`, {}],
  ["DELETE", `/v1/keys/${key.id}`, undefined],
  ["POST", "/v1/admins", { name: "Another", roles: ["owner"] }],
  ["PATCH", `/v1/admins/${admin.id}`, { roles: ["owner"] }],
  ["POST", `/v1/admins/${admin.id}/rotate`, {}],
  ["POST", `/v1/admins/${admin.id}/revoke`, {}],
  ["PUT", "/v1/roles/fresh", { permissions: ["keys:read"] }],
  ["DELETE", "/v1/roles/unheld", undefined],
  ["POST", "/v1/me/rotate", {}],
  ["DELETE", "/v1/session", undefined],
  ["DELETE", "/v1/sessions", undefined],
];

const send = (who: Manager, method: string, path: string, json: unknown, headers: Claim) =>
  who.request(path, {
    method,
    key: null,
    headers: { Cookie: visit.cookie, ...headers },
    ...(json === undefined ? {} : { json }),
  });

/** All that any of the acts would change. That somebody was refused may be told. */
const everything = async (): Promise<string> => {
  const events = "events WHERE type NOT LIKE 'access.%'";
  const stored = await inObject("admin", (sql) =>
    ["admins", "roles", events, "idempotency_records"].map((rows) =>
      JSON.stringify([...sql.exec(`SELECT * FROM ${rows}`)], (_name, value) =>
        value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value,
      ),
    ),
  );
  const told = await inObject(objectOf(key.id), (sql) => sql.exec(`SELECT count(*) AS count FROM ${events}`).one());
  const keys = (await manager.request("/v1/keys?limit=200")).body.items.length;
  return JSON.stringify([stored, told, keys, await rowOf(key.id), await sessionIds()]);
};

describe("a session's cookie on a request that changes something", () => {
  it.each(claims)("is refused with %s, and nothing changes", async (_what, claim) => {
    const before = await everything();
    for (const [method, path, json] of acts()) {
      const answer = await send(manager, method, path, json, claim);
      expectProblem(answer, 403, "csrf", `${method} ${path}`);
    }
    expect(await everything()).toBe(before);
    expect(await isAlive(visit)).toBe(true);
  });

  it("is refused before the body is looked at, and leaves no kept answer", async () => {
    const claim = { Origin: "https://evil.test", "Sec-Fetch-Site": "cross-site", "Idempotency-Key": "of-the-page" };
    const broken = { body: "{", headers: { Cookie: visit.cookie, ...claim, "Content-Type": "text/plain" } };
    expectProblem(await manager.request("/v1/keys", { key: null, ...broken }), 403, "csrf");
    const json = { name: "A key", owner: "acct_1" };
    expectProblem(await send(manager, "POST", "/v1/keys", json, claim), 403, "csrf");
    const own = await send(manager, "POST", "/v1/keys", json, { ...ownPage, "Idempotency-Key": "of-the-page" });
    expect([own.status, own.headers.has("Idempotent-Replayed")]).toEqual([201, false]);
  });

  it("cannot be smuggled through a request that says it is a GET", async () => {
    const headers = { Cookie: visit.cookie, "X-HTTP-Method-Override": "DELETE", "Sec-Fetch-Site": "cross-site" };
    const answer = await manager.request(`/v1/admins/${admin.id}`, { key: null, headers });
    expect([answer.status, answer.body.status]).toEqual([200, "active"]);
  });

  it("tells of a bad session first: whose page asks does not matter then", async () => {
    const claim = { Origin: "https://evil.test", "Sec-Fetch-Site": "cross-site" };
    const answer = await visitWith(manager, "nonsense").request("/v1/keys", { json: {}, headers: claim });
    expectProblem(answer, 401, "invalid_credential");
  });

  it("works from a page of our own, which says both", async () => {
    const last = (path: string) => path === "/v1/me/rotate" || path.startsWith("/v1/session");
    for (const [method, path, json] of acts().filter(([, path]) => !last(path))) {
      const { status } = await send(manager, method, path, json, ownPage);
      expect([method, path, status < 400]).toEqual([method, path, true]);
    }
  });
});

describe("a session's cookie on a request that only reads", () => {
  it.each(claims)("needs nothing else: with %s it is answered", async (_what, claim) => {
    for (const [method, path] of [
      ["GET", "/v1/session"],
      ["GET", "/v1/admins"],
      ["HEAD", "/v1/me"],
    ] as const) {
      expect([path, (await send(manager, method, path, undefined, claim)).status]).toEqual([path, 200]);
    }
  });
});

const fetchAt = (url: string, init: RequestInit): Promise<Response> =>
  worker.fetch(
    new Request(url, init) as Request<unknown, IncomingRequestCfProperties>,
    env as unknown as Bindings,
  ) as Promise<Response>;

describe("where the manager itself is", () => {
  it.each<[string, string, readonly string[]]>([
    ["https://latchkey.test", "https://latchkey.test", ["http://latchkey.test", "https://latchkey.test:8443"]],
    ["http://latchkey.test", "https://latchkey.test", ["https://latchkey.test:8443", "https://a.latchkey.test"]],
    ...["http://localhost", "http://127.0.0.1", "http://[::1]"].map((host): [string, string, readonly string[]] => [
      `${host}:8787`,
      `${host}:8787`,
      [`${host}:3000`, host, `${host.replace("http:", "https:")}:8787`],
    ]),
  ])("(%s) pages of %s may act, and no others of that host", async (at, own, others) => {
    const headers = { Authorization: `Bearer ${manager.adminKey}` };
    const opened = await fetchAt(`${at}/v1/session`, { method: "POST", headers });
    const [Cookie = ""] = opened.headers.get("Set-Cookie")?.split("; ") ?? [];
    const end = async (Origin: string, site = "same-origin") => {
      const claim = { Cookie, Origin, "Sec-Fetch-Site": site };
      return (await fetchAt(`${at}/v1/session`, { method: "DELETE", headers: claim })).status;
    };
    for (const other of others) expect([other, await end(other)]).toEqual([other, 403]);
    expect(await end(own, "same-site")).toBe(403);
    expect([await end(own), await end(own)]).toEqual([204, 401]);
  });
});

describe("a listed origin", () => {
  it("gets in with a key, never with a cookie, and is never told that it could", async () => {
    const listed = "https://dashboard.test";
    const open = anotherIsolate(manager, { CORS_ORIGINS: listed });
    const fresh = await openSession(open);
    for (const site of ["cross-site", "same-site", "same-origin"]) {
      const claim = { Origin: listed, "Sec-Fetch-Site": site };
      const json = { name: "A key", owner: "acct_1" };
      const answers = [
        await fresh.request("/v1/keys", { json, headers: claim }),
        await fresh.request("/v1/me", { headers: claim }),
        await fresh.request("/v1/session", { method: "OPTIONS", headers: claim }),
        await open.request("/v1/session", { method: "POST", headers: claim }),
      ];
      expectProblem(answers[0] as (typeof answers)[number], 403, "csrf");
      expect((await open.request("/v1/keys", { json, headers: claim })).status).toBe(201);
      for (const { headers } of answers) {
        expect(headers.get("Access-Control-Allow-Origin")).toBe(listed);
        expect(headers.get("Access-Control-Allow-Credentials")).toBeNull();
      }
    }
  });

  it("that is our own as well is still told nothing of credentials", async () => {
    const open = anotherIsolate(manager, { CORS_ORIGINS: ownPage.Origin });
    const fresh = await openSession(open);
    const answer = await fresh.request("/v1/keys", { json: { name: "A key", owner: "acct_1" } });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("Access-Control-Allow-Credentials")).toBeNull();
  });
});
