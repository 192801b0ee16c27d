import { expect, test } from "vitest";
import { type Reply, send } from "./support/gateway.ts";
import { Manager } from "./support/manager.ts";

const path = "/v1/forward-auth";

async function startedManager() {
  const manager = new Manager();
  const owner = await manager.start();
  const { body: gateway } = await owner.ask("POST", "/v1/admins", { name: "A gateway", roles: ["validator"] });
  const { key } = await owner.createKey("A key");
  const own = { "x-latchkey-gateway": String(gateway.key) };
  return { url: manager.url, own, client: { ...own, authorization: `Bearer ${key}` } };
}

test("a real server answers every method over and over, and leaves every body unread", async () => {
  const { url, client, own } = await startedManager();
  for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const body = ["GET", "HEAD", "OPTIONS"].includes(method) ? "" : "x".repeat(1_000_000);
    const allowed = await send(url, `${path}/orders/17?a=b`, { method, headers: client, body });
    expect([method, allowed.status, allowed.body, allowed.headers["x-key-owner"]]).toEqual([
      method,
      200,
      "",
      "acct_42",
    ]);
    const refused = await send(url, path, { method, headers: own, body });
    expect([method, refused.status, refused.headers["x-auth-code"]]).toEqual([method, 401, "missing_credential"]);
  }
});

test("a path that leads out of it, as it stands on the wire, is never taken for a question that was answered", async () => {
  const { url, client, own } = await startedManager();
  const ways = ["/..", "/%2e%2e", "/.%2E", "\\..", "/x/../.."];
  const targets = ["/healthz", "/docs", "/openapi.json", "/", "/setup", "/v1/setup", ""];
  const answers: [string, Promise<Reply>][] = ways.flatMap((way) =>
    targets.flatMap((target) => {
      const led = [`${path}${way}${target}`, `${path}${way}${way}${target}`];
      return led.map((to): [string, Promise<Reply>] => [to, send(url, to, { headers: own })]);
    }),
  );
  for (const [to, answer] of answers) {
    const { status } = await answer;
    expect([to, [400, 401].includes(status)]).toEqual([to, true]);
  }
  expect((await send(url, `${path}/../forward-auth?scope=orders:read`, { headers: client })).status).not.toBe(200);
});
