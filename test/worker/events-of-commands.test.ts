import { afterAll, beforeAll, expect, it } from "vitest";
import type { Ports } from "../../src/core/ports.ts";
import { type CommandType, useCases } from "../../src/core/use-cases.ts";
import {
  type Answer,
  anotherIsolate,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  type RequestOptions,
  startManager,
} from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

let manager: Manager;
let me: { readonly id: string; readonly lineage: string; readonly name: string };

beforeAll(async () => {
  manager = await startManager();
  me = (await manager.request("/v1/me")).body;
});

afterAll(forgetEverything);

const requestId = "the-request-of-this-act";
const recoveryToken = "a-recovery-token-of-the-tests-0123456789";
type Ask = (path: string, options?: RequestOptions) => Promise<Answer<{ readonly id: string }>>;

interface Expected {
  readonly type: string;
  readonly subject: object;
  /** The fields that are told to have become different. */
  readonly changes?: readonly string[];
  readonly reason?: string;
  readonly note?: string;
  /** Where it is not the caller. */
  readonly actor?: object;
}

/** Does one act under a request id of its own and says what events it must leave. */
type Act = (ask: Ask) => Promise<readonly Expected[]>;

const about = (
  kind: string,
  { id, lineage = id, ...facts }: { id: string; lineage?: string; [fact: string]: string },
) => ({
  ...{ kind, id, lineage },
  ...facts,
});
const ofKey = ({ id, lineage }: { id: string; lineage: string }) =>
  about("key", { id, lineage, owner: "acct_1", prefix: "lk_live" });

const anotherKey = () => manager.createKey();
const inGrace = async () => {
  const old = await manager.createKey();
  return { old, successor: (await manager.rotate(old.id)).body };
};

/** What objects say to each other and to themselves carries no request; what it writes is told where it is tested. */
const unasked = [
  "adopt-secrets",
  "prune-events",
  "purge-rotated-keys",
  "read-register",
  "record-shards",
  "reencrypt-records",
  "tell-suppressed-refusals",
] as const satisfies readonly CommandType[];

/** Every other command there is. A new one is a line here, or it does not compile. */
const acts: Readonly<Record<Exclude<CommandType, (typeof unasked)[number]>, Act>> = {
  "create-key": async (ask) => {
    const { body } = await ask("/v1/keys", { json: { name: "A key", owner: "acct_1" } });
    const subject = about("key", { id: body.id, owner: "acct_1", prefix: "lk_live" });
    return [{ type: "key.created", subject, changes: ["expiresAt", "name", "scopes"] }];
  },
  "update-key": async (ask) => {
    const key = await anotherKey();
    await ask(`/v1/keys/${key.id}`, { method: "PATCH", json: { name: "B", enabled: false } });
    return [{ type: "key.updated", subject: ofKey(key), changes: ["enabled", "name"] }];
  },
  "rotate-key": async (ask) => {
    const key = await anotherKey();
    await ask(`/v1/keys/${key.id}/rotate`, { json: {} });
    return [{ type: "key.rotated", subject: ofKey(key), changes: ["graceEndsAt", "successor"] }];
  },
  "finish-rotation": async (ask) => {
    const { old } = await inGrace();
    await ask(`/v1/keys/${old.id}/rotation/finish`, { json: {} });
    return [{ type: "key.rotation_finished", subject: ofKey(old), changes: ["graceEndsAt"] }];
  },
  "cancel-rotation": async (ask) => {
    const { old, successor } = await inGrace();
    await ask(`/v1/keys/${old.id}/rotation/cancel`, { json: {} });
    return [
      { type: "key.rotation_cancelled", subject: ofKey(old), changes: ["successor"] },
      { type: "key.revoked", subject: ofKey(successor), reason: "rotation_cancelled" },
    ];
  },
  "revoke-key": async (ask) => {
    const { old, successor } = await inGrace();
    await ask(`/v1/keys/${successor.id}/revoke`, { json: { reason: "leaked", note: "in a log" } });
    const why = { type: "key.revoked", reason: "leaked", note: "in a log" };
    return [
      { ...why, subject: ofKey(successor) },
      { ...why, subject: ofKey(old) },
    ];
  },
  "delete-key": async (ask) => {
    const key = await anotherKey();
    await manager.revoke(key.id);
    await ask(`/v1/keys/${key.id}`, { method: "DELETE" });
    return [{ type: "key.deleted", subject: ofKey(key) }];
  },
  "reveal-key": async (ask) => {
    const key = await anotherKey();
    await ask(`/v1/keys/${key.id}/reveal`, { json: { reason: "the customer lost it" } });
    return [{ type: "key.revealed", subject: ofKey(key), note: "the customer lost it" }];
  },
  "bulk-keys": async (ask) => {
    const key = await anotherKey();
    await ask("/v1/keys/bulk", { json: { ids: [key.id], action: "disable", reason: "unused" } });
    return [{ type: "key.updated", subject: ofKey(key), changes: ["enabled"], reason: "unused" }];
  },
  "validate-key": async (ask) => {
    const key = await anotherKey();
    await inObject(objectOf(key.id), (sql) => void sql.exec("UPDATE api_keys SET name = 'x' WHERE id = ?", key.id));
    await ask("/v1/validate", { json: { key: key.key } });
    return [{ type: "key.tampered", subject: { kind: "key", id: key.id } }];
  },
  "create-admin": async (ask) => {
    const { body } = await ask("/v1/admins", { json: { name: "A", roles: ["auditor"] } });
    const subject = about("admin", { id: body.id });
    return [{ type: "admin.created", subject, changes: ["expiresAt", "name", "roles"] }];
  },
  "update-admin": async (ask) => {
    const { id } = await manager.createAdmin();
    await ask(`/v1/admins/${id}`, { method: "PATCH", json: { roles: ["issuer"] } });
    return [{ type: "admin.updated", subject: about("admin", { id }), changes: ["roles"] }];
  },
  "rotate-admin": async (ask) => {
    const { id } = await manager.createAdmin();
    await ask(`/v1/admins/${id}/rotate`, { json: {} });
    return [{ type: "admin.rotated", subject: about("admin", { id }), changes: ["graceEndsAt", "successor"] }];
  },
  "revoke-admin": async (ask) => {
    const { id } = await manager.createAdmin();
    await ask(`/v1/admins/${id}/revoke`, { json: { reason: "left" } });
    return [{ type: "admin.revoked", subject: about("admin", { id }), reason: "left" }];
  },
  "recover-owner": async () => {
    const isolate = anotherIsolate(manager, { RECOVERY_TOKEN: recoveryToken });
    const headers = { "X-Request-Id": requestId };
    const { body } = await isolate.request("/v1/recovery", { method: "POST", key: recoveryToken, headers });
    return [{ type: "admin.recovered", subject: about("admin", { id: body.id }), actor: { kind: "setup" } }];
  },
  "save-role": async (ask) => {
    await ask("/v1/roles/team", { method: "PUT", json: { permissions: ["keys:read"] } });
    return [{ type: "role.saved", subject: { kind: "role", id: "team" }, changes: ["permissions"] }];
  },
  "delete-role": async (ask) => {
    await manager.saveRole("short-lived", { permissions: ["keys:read"] });
    await ask("/v1/roles/short-lived", { method: "DELETE" });
    return [{ type: "role.deleted", subject: { kind: "role", id: "short-lived" } }];
  },
  "authenticate-admin": async () => {
    const admin = await manager.createAdmin();
    await manager.request(`/v1/admins/${admin.id}/revoke`, { json: {} });
    await manager.request("/v1/me", { key: admin.key, headers: { "X-Request-Id": requestId } });
    const { id, lineage, name } = admin;
    const actor = { kind: "admin", id, lineage, name };
    return [{ type: "access.refused", subject: about("admin", { id }), reason: "revoked", actor }];
  },
  "record-refusal": async () => {
    const admin = await manager.createAdmin();
    await manager.request("/v1/roles/x", { key: admin.key, method: "DELETE", headers: { "X-Request-Id": requestId } });
    const { id, lineage, name } = admin;
    const actor = { kind: "admin", id, lineage, name };
    const subject = about("admin", { id });
    return [{ type: "access.refused", subject, reason: "forbidden", note: "DELETE /v1/roles/:name", actor }];
  },
  "set-up": async () => {
    await forgetEverything();
    const headers = { "X-Request-Id": requestId };
    const { body } = await manager.request("/v1/setup", { key: "the-setup-token-of-the-tests", json: {}, headers });
    manager.adminKey = body.key;
    me = (await manager.request("/v1/me")).body;
    return [{ type: "setup.completed", subject: about("admin", { id: body.id }), actor: { kind: "setup" } }];
  },
  "start-reencryption": async (ask) => {
    await manager.createKey();
    // At one time for all, because otherwise the clock decides which shard's event is the older.
    testWorld.fixedTime = Date.now();
    await ask("/v1/system/reencrypt", { json: {} });
    testWorld.fixedTime = null;
    const told = (object: string) => ({
      type: "system.reencrypt_started",
      subject: { kind: "system", id: object },
      changes: ["encryption", "hmac"],
    });
    return ["admin", "shard-00", "shard-01", "shard-02", "shard-03"].map(told);
  },
  "pause-reencryption": async (ask) => {
    await ask("/v1/system/reencrypt", { json: { action: "pause" } });
    return [];
  },
  "get-system": async (ask) => {
    await ask("/v1/system");
    return [];
  },
  "get-key": async (ask) => {
    const key = await anotherKey();
    await ask(`/v1/keys/${key.id}`);
    return [];
  },
  "get-key-usage": async (ask) => {
    const key = await anotherKey();
    await ask(`/v1/keys/${key.id}/usage`);
    return [];
  },
  "get-stats": async (ask) => {
    await ask("/v1/stats");
    return [];
  },
  "list-keys": async (ask) => {
    await ask("/v1/keys");
    return [];
  },
  "get-admin": async (ask) => {
    await ask(`/v1/admins/${me.id}`);
    return [];
  },
  "list-admins": async (ask) => {
    await ask("/v1/admins");
    return [];
  },
  "get-role": async (ask) => {
    await ask("/v1/roles/owner");
    return [];
  },
  "list-roles": async (ask) => {
    await ask("/v1/roles");
    return [];
  },
  "get-set-up": async (ask) => {
    await ask("/v1/setup");
    return [];
  },
  "list-events": async (ask) => {
    await ask("/v1/events");
    return [];
  },
  "verify-events": async (ask) => {
    await ask("/v1/events/verify");
    return [];
  },
  "start-session": async (ask) => {
    await ask("/v1/session", { method: "POST" });
    return [];
  },
  "authenticate-session": async (ask) => {
    const { headers } = await manager.request("/v1/session", { method: "POST" });
    await ask("/v1/session", { key: null, headers: { Cookie: headers.get("Set-Cookie")?.split(";")[0] ?? "" } });
    return [];
  },
  "end-sessions": async (ask) => {
    await ask("/v1/sessions", { method: "DELETE" });
    return [];
  },
};

type Told = Readonly<Record<string, unknown>> & { readonly requestId: string; readonly changes?: object };

const toldOf = async (): Promise<Told[]> => {
  const { body } = await manager.request("/v1/events?limit=200");
  return body.items.filter((event: Told) => event.requestId === requestId).toReversed();
};

const seen = new Set<string>();

it("has every command there is in this list", () => {
  expect([...Object.keys(acts), ...unasked].toSorted()).toEqual(Object.keys(useCases({} as Ports)).toSorted());
});

it.each(Object.entries(acts))("%s leaves exactly its events, with who, what and why", async (_command, act) => {
  const ask: Ask = (path, options = {}) =>
    manager.request(path, { ...options, headers: { ...options.headers, "X-Request-Id": requestId } });
  const expected = await act(ask);
  const told = (await toldOf()).filter(({ id }) => !seen.has(String(id)));
  for (const { id } of told) seen.add(String(id));
  const { id, lineage, name } = me;
  expect(
    told.map(({ type, subject, actor, changes, reason, note }) => ({
      ...{ type, subject, actor, reason, note },
      changes: changes && Object.keys(changes).toSorted(),
    })),
  ).toEqual(
    expected.map(({ actor = { kind: "admin", id, lineage, name }, changes, ...others }) => ({
      ...others,
      actor,
      ...(changes ? { changes: [...changes] } : {}),
    })),
  );
});
