import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freePort } from "./support/free-port.ts";
import { nginx, type Reply, Service, send, startNginx } from "./support/gateway.ts";
import { Manager } from "./support/manager.ts";
import type { ManagerClient } from "./support/manager-client.ts";

if (!nginx) {
  process.stderr.write(
    "\n*** There is no nginx on this machine, so forward-auth behind a real one was NOT tested. Install it (apt-get install nginx-light). ***\n",
  );
}

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "gateways.md"), "utf8");

/** The configuration that the page tells everybody to copy. */
const [, documented = ""] = /```nginx\n(.*?)```/s.exec(page) ?? [];

const changed = (text: string, changes: Readonly<Record<string, string>>): string =>
  Object.entries(changes).reduce((changing, [from, to]) => {
    if (!changing.includes(from)) throw new Error(`the page does not say ${from}`);
    return changing.replaceAll(from, to);
  }, text);

interface Setting {
  readonly manager: Manager;
  readonly owner: ManagerClient;
  readonly service: Service;
  readonly gatewayAdmin: { readonly id: string };
  /** A request of somebody outside. */
  ask(path: string, key: string | null, options?: Parameters<typeof send>[2]): Promise<Reply>;
  keyWith(scopes: readonly string[]): Promise<{ readonly id: string; readonly key: string }>;
}

async function behindNginx(): Promise<Setting> {
  const manager = new Manager();
  const owner = await manager.start();
  const { body: gateway } = await owner.ask("POST", "/v1/admins", { name: "nginx", roles: ["validator"] });
  const service = await new Service().start();
  const port = await freePort();
  await startNginx(port, (folder) => {
    const secret = join(folder, "gateway.conf");
    writeFileSync(secret, `proxy_set_header X-Latchkey-Gateway ${gateway.key};\n`, { mode: 0o600 });
    return changed(documented, {
      "127.0.0.1:8787": new URL(manager.url).host,
      "127.0.0.1:9000": `127.0.0.1:${service.port}`,
      "127.0.0.1:8080": `127.0.0.1:${port}`,
      "/etc/nginx/latchkey-gateway.conf": secret,
    });
  });
  return {
    ...{ manager, owner, service, gatewayAdmin: { id: String(gateway.id) } },
    ask: (path, key, { headers = {}, ...options } = {}) =>
      send(`http://127.0.0.1:${port}`, path, {
        ...options,
        headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
      }),
    keyWith: async (scopes) => {
      const { body } = await owner.ask("POST", "/v1/keys", { name: "A key", owner: "acct_42", scopes });
      return { id: String(body.id), key: String(body.key) };
    },
  };
}

/** As many and as long as a key can hold. */
const mostScopes = Array.from({ length: 64 }, (_, place) => `a:${String(place).padEnd(126, "x")}`);

const told = (headers: Reply["headers"] | undefined) =>
  Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => /^(x-key-|x-latchkey-)/.test(name)));

describe.skipIf(!nginx)("nginx, configured as docs/gateways.md says", () => {
  test("passes on what has a good key, and tells the service whose", async () => {
    const { ask, keyWith, service } = await behindNginx();
    const { id, key } = await keyWith(["orders:*"]);
    const known = { "x-key-id": id, "x-key-lineage": id, "x-key-owner": "acct_42", "x-key-scopes": "orders:*" };

    expect(await ask("/orders/17?expand=1", key)).toMatchObject({ status: 200, body: "from the service" });
    const read = service.take();
    expect([read?.method, read?.path, told(read?.headers)]).toEqual(["GET", "/orders/17?expand=1", known]);
    expect(read?.headers.authorization).toBeUndefined();

    const body = "x".repeat(5000);
    const asHeader = { headers: { "x-api-key": key, "content-type": "text/plain" } };
    expect(await ask("/orders/", null, { method: "POST", body, ...asHeader })).toMatchObject({ status: 200 });
    const written = service.take();
    expect([written?.method, written?.body, told(written?.headers)]).toEqual(["POST", body, known]);
    expect(written?.headers["x-api-key"]).toBeUndefined();

    const widest = await keyWith([...mostScopes.slice(1), "*"]);
    expect(await ask("/orders/17", widest.key)).toMatchObject({ status: 200 });
    expect(service.take()?.headers["x-key-scopes"]?.length).toBeGreaterThan(8000);
  });

  test("refuses everything else, with the code and the challenge, and the service sees nothing of it", async () => {
    const { ask, keyWith, owner, service } = await behindNginx();
    const { id, key } = await keyWith(["orders:read"]);
    const plain = 'Bearer realm="latchkey"';
    const expectRefused = async (answer: Promise<Reply>, status: number, code: string, challenge?: string) => {
      const { headers, ...reply } = await answer;
      expect([reply.status, headers["x-auth-code"], headers["www-authenticate"]]).toEqual([status, code, challenge]);
      expect(service.take()).toBeUndefined();
    };

    await expectRefused(ask("/orders/17", null), 401, "missing_credential", plain);
    await expectRefused(ask("/orders/17", "a"), 401, "malformed", `${plain}, error="invalid_token"`);
    const insufficient = `${plain}, error="insufficient_scope", scope="orders:write"`;
    await expectRefused(ask("/orders/17", key, { method: "DELETE" }), 403, "insufficient_scope", insufficient);
    await expectRefused(ask("/orders/17", key, { method: "OPTIONS" }), 403, "insufficient_scope", insufficient);
    const another = { headers: { "x-api-key": "a" } };
    await expectRefused(ask("/orders/17", key, another), 400, "multiple_credentials");
    expect((await ask("/orders/17", key)).status).toBe(200);
    service.take();
    await owner.ask("POST", `/v1/keys/${id}/revoke`, { reason: "leaked" });
    await expectRefused(ask("/orders/17", key), 401, "revoked", `${plain}, error="invalid_token"`);
  });

  test("warns client and service of a key in its grace", async () => {
    const { ask, keyWith, owner, service } = await behindNginx();
    const { id, key } = await keyWith(["orders:read"]);
    const { body: fresh } = await owner.ask("POST", `/v1/keys/${id}/rotate`, { graceSeconds: 3600 });
    const { rotation } = fresh.replaced as { rotation: { graceEndsAt: string } };
    const warning = { "x-key-warning": "rotating", "x-key-valid-until": rotation.graceEndsAt };

    expect((await ask("/orders/17", key)).headers).toMatchObject(warning);
    expect(told(service.take()?.headers)).toMatchObject({ ...warning, "x-key-id": id });

    expect(Object.keys(told((await ask("/orders/17", String(fresh.key))).headers))).toEqual([]);
    expect(told(service.take()?.headers)).toEqual({
      ...{ "x-key-id": fresh.id, "x-key-lineage": id, "x-key-owner": "acct_42", "x-key-scopes": "orders:read" },
    });
  });

  test("lets no client make up headers: none reaches the service, none widens what a key may do", async () => {
    const { ask, keyWith, service } = await behindNginx();
    const { id, key } = await keyWith(["orders:read"]);
    const headers = {
      ...{ "X-Key-Id": "key_made_up", "x-key-owner": "acct_1", "X-KEY-SCOPES": "*", "X-Key-Lineage": "key_made_up" },
      ...{ "X-Key-Warning": "made up", "X-Key-Valid-Until": "2999-01-01T00:00:00.000Z", X_Key_Owner: "acct_1" },
      ...{ "X-Latchkey-Scopes": "orders:read", "X-Latchkey-Gateway": "made up" },
      Connection: "close, X-Key-Id, X-Key-Owner, X-Latchkey-Scopes, X-Latchkey-Gateway",
    };

    expect((await ask("/orders/17", key, { headers })).status).toBe(200);
    const seen = service.take()?.headers;
    expect(told(seen)).toEqual({
      ...{ "x-key-id": id, "x-key-lineage": id, "x-key-owner": "acct_42", "x-key-scopes": "orders:read" },
    });
    expect(Object.keys(seen ?? {}).filter((name) => name.includes("_"))).toEqual([]);

    expect((await ask("/orders/17", key, { method: "PUT", headers })).status).toBe(403);
    expect((await ask("/orders/17", null, { headers })).status).toBe(401);
    expect((await ask("/_latchkey", key, { headers })).status).toBe(404);
    expect((await ask("/orders/17?scope=orders:read", key, { method: "PUT" })).status).toBe(403);
    expect(service.take()).toBeUndefined();
  });

  test("closes when its own key is dead, and when the manager is gone, and blames no client for it", async () => {
    const { ask, keyWith, manager, owner, gatewayAdmin, service } = await behindNginx();
    const { key } = await keyWith(["orders:read"]);
    await owner.ask("POST", `/v1/admins/${gatewayAdmin.id}/revoke`, {});

    const { status, headers } = await ask("/orders/17", key);
    expect([status, headers["x-auth-code"], headers["retry-after"]]).toEqual([503, "gateway_misconfigured", "5"]);
    expect(headers["www-authenticate"]).toBeUndefined();

    await manager.stop();
    expect((await ask("/orders/17", key)).status).toBe(503);
    expect(service.take()).toBeUndefined();
  });
});
