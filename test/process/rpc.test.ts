import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forge, partsOf } from "../support/forgery.ts";
import { ManagerClient } from "./support/manager-client.ts";
import { RuntimeWithSibling } from "./support/runtime-with-sibling.ts";

const runtime = new RuntimeWithSibling();

beforeAll(() =>
  runtime.start({
    OPEN: { entrypoint: "KeyValidator" },
    LIVE: { entrypoint: "KeyValidator", props: { caller: "orders-api", prefixes: ["acme_live"], owners: ["acct_*"] } },
    MISSPELT: { entrypoint: "KeyValidator", props: { prefix: ["acme_live"] } },
    ISSUER: { entrypoint: "KeyIssuer", props: { caller: "portal", roles: ["issuer"], owners: ["acct_*"] } },
    POWERLESS: { entrypoint: "KeyIssuer" },
  }),
);
afterAll(() => runtime.stop());

const create = async (fields: Readonly<Record<string, unknown>> = {}) => {
  const { value } = await runtime.call("ISSUER", "create", { name: "A key", owner: "acct_1", ...fields });
  expect(value).toMatchObject({ ok: true });
  return value.value;
};

const verdictOn = async (binding: string, key: unknown) => (await runtime.call(binding, "validate", { key })).value;

describe("a sibling Worker in the same runtime", () => {
  it("makes and checks keys before anybody has set the manager up", async () => {
    const anybody = new ManagerClient(runtime.managerUrl);
    expect(await anybody.ask("GET", "/v1/setup")).toMatchObject({ body: { done: false } });
    const { key, id } = await create({ prefix: "acme_live" });
    expect(await verdictOn("OPEN", key)).toMatchObject({ valid: true, id });
    expect(await anybody.ask("GET", "/v1/setup")).toMatchObject({ body: { done: false } });
  });

  it("is held to the props of each of its bindings", async () => {
    const live = await create({ prefix: "acme_live" });
    const test = await create({ prefix: "acme_test" });
    expect(await verdictOn("LIVE", live.key)).toMatchObject({ valid: true, id: live.id });
    expect(await verdictOn("LIVE", test.key)).toEqual({ valid: false, code: "wrong_prefix", httpStatus: 403 });
    expect(await verdictOn("MISSPELT", live.key)).toMatchObject({ valid: false, code: "invalid_request" });
    expect((await runtime.call("ISSUER", "create", { name: "A key", owner: "other" })).value).toMatchObject({
      ok: false,
      code: "exceeds_grantor",
    });
    expect((await runtime.call("POWERLESS", "list", {})).value).toMatchObject({ ok: false, code: "forbidden" });
  });

  it("is refused a key by the next call after its revocation over REST", async () => {
    const { status, body } = await new ManagerClient(runtime.managerUrl, runtime.setupToken).ask("POST", "/v1/setup");
    expect(status).toBe(201);
    const owner = new ManagerClient(runtime.managerUrl, String(body.key));
    const { id, key } = await create();
    expect(await verdictOn("OPEN", key)).toMatchObject({ valid: true });
    expect((await owner.ask("GET", `/v1/keys/${id}`)).body.lastUsedAt).toEqual(expect.any(String));
    await owner.ask("POST", `/v1/keys/${id}/revoke`, { reason: "leaked" });
    expect(await verdictOn("OPEN", key)).toMatchObject({ valid: false, code: "revoked" });
    expect(await verdictOn("OPEN", body.key)).toEqual({ valid: false, code: "unknown", httpStatus: 401 });
  });

  it("gets each of a thousand parallel calls its own answer", async () => {
    const keys = await Promise.all(Array.from({ length: 5 }, (_, at) => create({ name: `Key ${at}` })));
    const { prefix, epoch } = partsOf(keys[0].key);
    const asked = Array.from({ length: 1000 }, (_, at) => {
      const { key } = keys[at % 5];
      if (at % 4 === 0) return { key: `${key}${at}`, expected: { valid: false, code: "malformed" } };
      // All of these need the register, and share one reading of it.
      if (at % 4 === 1) return { key: forge({ prefix, epoch }), expected: { valid: false, code: "unknown" } };
      return { key, expected: { valid: true, name: `Key ${at % 5}` } };
    });
    const calls = asked.map(({ key }) => ({ binding: "OPEN", method: "validate", request: { key } }));
    const outcomes = await runtime.tell("calls", { calls });
    for (const [at, { expected }] of asked.entries()) expect(outcomes[at].value).toMatchObject(expected);
  });
});

describe("what a binding reaches", () => {
  const bindings = ["OPEN", "ISSUER"];
  const refused = /does not implement the method|is a reserved method/;

  it("is no method but those that are declared", async () => {
    const undeclared = [
      "#call",
      "alarm",
      "execute",
      "scheduled",
      "queue",
      "email",
      "tail",
      "trace",
      "test",
      "dup",
      "call",
    ];
    for (const binding of bindings) {
      for (const method of undeclared) {
        expect((await runtime.call(binding, method, {})).thrown, `${binding}.${method}`).toMatch(refused);
      }
    }
    expect((await runtime.call("OPEN", "create", { name: "A key", owner: "acct_1" })).thrown).toMatch(refused);
    expect((await runtime.call("ISSUER", "validate", {})).thrown).toMatch(refused);
  });

  it("is nothing of the instance, of its environment or of its prototypes", async () => {
    const paths = [
      "env",
      "env.HMAC_SECRET",
      "env.KEY_MANAGER",
      "ctx",
      "ctx.props",
      "ctx.exports",
      "props",
      "prototype",
    ];
    for (const binding of bindings) {
      for (const path of paths) {
        const { thrown } = await runtime.tell("read", { binding, path: path.split(".") });
        expect(thrown, `${binding}.${path}`).toMatch(refused);
      }
      // Names that every object has are found on the sibling's own end; nothing of them reaches the manager.
      expect(await runtime.call(binding, "constructor", {})).toEqual({ thrown: "Illegal constructor" });
      expect(await runtime.call(binding, "toString")).toEqual({ value: "[object Fetcher]" });
    }
  });

  it("is nothing over HTTP: an entrypoint takes no request, and no path leads to one", async () => {
    for (const binding of bindings) {
      expect(await runtime.tell("fetch", { binding })).toEqual({
        thrown: "Handler does not export a fetch() function.",
      });
    }
    const anybody = new ManagerClient(runtime.managerUrl);
    for (const path of [
      "/KeyValidator",
      "/KeyValidator/validate",
      "/rpc",
      "/v1/rpc",
      "/KeyIssuer/create",
      "/cdn-cgi/rpc",
    ]) {
      for (const method of ["GET", "POST"]) {
        expect(await anybody.ask(method, path)).toMatchObject({ status: 404, body: { code: "not_found" } });
      }
    }
  });
});
