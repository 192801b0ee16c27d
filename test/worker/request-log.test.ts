import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type CreatedKey, type Manager, startManager } from "../support/manager.ts";

let manager: Manager;
let created: CreatedKey;

beforeAll(async () => {
  manager = await startManager();
  created = await manager.createKey();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Every line that reaches the log while this runs, as it was written. */
const linesOf = async (ask: () => Promise<unknown>): Promise<string[]> => {
  const lines: string[] = [];
  for (const level of ["log", "error", "warn", "info", "debug"] as const) {
    vi.spyOn(console, level).mockImplementation((...words) => void lines.push(words.map(String).join(" ")));
  }
  await ask();
  return lines;
};

const lineOf = async (ask: () => Promise<unknown>) => {
  const lines = await linesOf(ask);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? "");
};

describe("every request", () => {
  it("of a gateway leaves a line that tells nothing of its client's path, query and headers", async () => {
    const { key } = await manager.createAdmin({ roles: ["validator"] });
    const headers = {
      "X-Latchkey-Gateway": key,
      "X-Forwarded-Uri": "/of-the-client",
      "X-Latchkey-Scopes": "of:client",
    };
    const path = "/v1/forward-auth/of-the-client?of=the-client";
    const line = await lineOf(() => manager.request(path, { method: "DELETE", key: created.key, headers }));
    expect(line).toMatchObject({
      method: "DELETE",
      route: "/v1/forward-auth",
      status: 403,
      code: "insufficient_scope",
    });
    expect(JSON.stringify(line)).not.toMatch(/of-the-client|the-client|of:client/);
  });

  it("leaves one line that tells what it was and what it took", async () => {
    const headers = { "X-Request-Id": "request-of-the-test" };
    const line = await lineOf(() => manager.request(`/v1/keys/${created.id}?x=1`, { headers }));
    expect(line).toEqual({
      ...{ level: "info", requestId: "request-of-the-test", method: "GET", route: "/v1/keys/:id", status: 400 },
      ...{ code: "invalid_request", durationMs: expect.any(Number), objectCalls: 1 },
    });
  });

  it("tells its object calls: who, and what", async () => {
    expect(await lineOf(() => manager.request(`/v1/keys/${created.id}`))).toMatchObject({
      ...{ status: 200, code: null, objectCalls: 2 },
    });
    expect(await lineOf(() => manager.request("/healthz"))).toMatchObject({ route: "/healthz", objectCalls: 0 });
  });

  it("is told of where its path leads nowhere, without the path", async () => {
    const line = await lineOf(() => manager.request("/v1/somewhere/private"));
    expect(line).toMatchObject({ route: null, status: 404, code: "not_found" });
    expect(JSON.stringify(line)).not.toContain("private");
  });
});

describe("what a client wrote", () => {
  const canaries = ["canary-in-a-name", "canary-in-a-note", "canary-in-metadata", "canary-in-the-query"];

  it("never reaches the log", async () => {
    const bodies = [
      { name: canaries[0], owner: "b", metadata: { a: canaries[2] } },
      { name: canaries[0], owner: 1 },
      { name: canaries[0], owner: "b", unknown: canaries[1] },
    ];
    const lines = await linesOf(async () => {
      for (const json of bodies) await manager.request("/v1/keys", { json });
      await manager.revoke(created.id, { note: canaries[1] });
      await manager.request(`/v1/keys?q=${canaries[3]}`);
      await manager.request(`/v1/${canaries[3]}`);
    });
    expect(lines).toHaveLength(6);
    for (const canary of canaries) expect(lines.join("\n")).not.toContain(canary);
  });

  it("never brings a key there, wherever it stood", async () => {
    const { key } = created;
    const lines = await linesOf(async () => {
      await manager.request(`/v1/keys/${key}`);
      await manager.request(`/v1/keys?q=${key}`);
      await manager.request("/v1/me", { headers: { "X-Request-Id": key } });
      await manager.request("/v1/me", { headers: { "X-API-Key": key } });
      await manager.request("/v1/keys", { json: { name: key, owner: "b" } });
      await manager.validate(key);
      await manager.request("/v1/me", { key: null, headers: { Cookie: `__Host-latchkey=${key}` } });
    });
    expect(lines).toHaveLength(7);
    expect(lines.join("\n")).not.toContain(key.slice(-40));
  });
});
