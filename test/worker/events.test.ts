import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import { callerWith, eventPage, everyRight, idsIn, inOrder, verification, walkEvents } from "../support/event-walk.ts";
import { createInShard } from "../support/list-walk.ts";
import {
  type CreatedKey,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  startManager,
} from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const hex = expect.stringMatching(/^[0-9a-f]{64}$/);

/** The newest event about a key. */
const lastAbout = async (manager: Manager, { id }: { readonly id: string }) =>
  (await eventPage(manager, { keyId: id, limit: "1" })).body.items[0];

const changeOwner = (key: CreatedKey) =>
  inObject(objectOf(key.id), (sql) => void sql.exec("UPDATE api_keys SET owner = 'acct_x' WHERE id = ?", key.id));

const everyKindOfAct = async (manager: Manager) => {
  const key = await manager.createKey({ owner: "acct_1" });
  const other = await manager.createKey({ owner: "acct_2", prefix: "acme_test" });
  await manager.patch(key.id, { name: "Renamed" });
  await manager.rotate(key.id);
  await manager.revoke(other.id);
  return { key, other };
};

describe("an event as it is shown", () => {
  it("tells who did what to which key, when, and its place in the chain, and has no member that does not apply", async () => {
    testWorld.fixedTime = Date.UTC(2031, 0, 1);
    const manager = await startManager();
    const me = (await manager.request("/v1/me")).body;
    const created = await manager.request("/v1/keys", {
      json: { name: "A key", owner: "acct_7", prefix: "acme_live" },
      headers: { "X-Request-Id": "the-request-of-the-test" },
    });
    const { id } = created.body;
    const event = await lastAbout(manager, { id });
    expect(event).toEqual({
      id: expect.stringMatching(/^evt_[0-9A-Za-z]{20}$/),
      at: "2031-01-01T00:00:00.000Z",
      type: "key.created",
      actor: { kind: "admin", id: me.id, lineage: me.lineage, name: me.name },
      subject: { kind: "key", id, lineage: id, owner: "acct_7", prefix: "acme_live" },
      requestId: "the-request-of-the-test",
      changes: {
        name: { from: null, to: "A key" },
        scopes: { from: null, to: [] },
        expiresAt: { from: null, to: null },
      },
      chain: objectOf(id),
      sequence: 1,
      previousHash: "00".repeat(32),
      hash: hex,
    });
  });

  it("tells of each command that changes something, with its changes, reason and note", async () => {
    const manager = await startManager();
    const key = await manager.createKey({ recoverable: true });
    const told = async () => {
      const { type, changes, reason, note } = (await lastAbout(manager, key)) ?? {};
      return { type, ...(changes ? { changes } : {}), ...(reason ? { reason } : {}), ...(note ? { note } : {}) };
    };
    await manager.patch(key.id, { scopes: ["orders:read"], expiresAt: "2999-01-01T00:00:00Z" });
    const changes = {
      scopes: { from: [], to: ["orders:read"] },
      expiresAt: { from: null, to: "2999-01-01T00:00:00.000Z" },
    };
    expect(await told()).toEqual({ type: "key.updated", changes });
    await manager.reveal(key.id, "the customer lost it");
    expect(await told()).toEqual({ type: "key.revealed", note: "the customer lost it" });
    const rotated = (await manager.rotate(key.id, { graceSeconds: 60 })).body;
    const { graceEndsAt } = rotated.replaced.rotation;
    expect(await told()).toEqual({
      type: "key.rotated",
      changes: { successor: { from: null, to: rotated.id }, graceEndsAt: { from: null, to: graceEndsAt } },
    });
    await manager.cancel(key.id);
    expect(await told()).toEqual({
      type: "key.rotation_cancelled",
      changes: { successor: { from: rotated.id, to: null } },
    });
    expect(await lastAbout(manager, rotated)).toMatchObject({ type: "key.revoked", reason: "rotation_cancelled" });
    await manager.rotate(key.id);
    await manager.finish(key.id);
    expect(await told()).toMatchObject({ type: "key.rotation_finished" });
    await manager.revoke(key.id, { reason: "leaked", note: "seen" });
    expect(await told()).toEqual({ type: "key.revoked", reason: "leaked", note: "seen" });
    await manager.delete(key.id);
    expect(await told()).toEqual({ type: "key.deleted" });
  });

  it("tells of admins and roles, in the chain of the admin object", async () => {
    const manager = await startManager();
    const role = { permissions: ["keys:read"] };
    await manager.request("/v1/roles/readers", { method: "PUT", json: role });
    const made = (await manager.request("/v1/admins", { json: { name: "Jo", roles: ["readers"] } })).body;
    await manager.request(`/v1/admins/${made.id}/revoke`, { json: { reason: "left" } });
    const { items } = (await eventPage(manager, "type=admin.*&type=role.*")).body;
    expect(items).toMatchObject([
      { type: "admin.revoked", subject: { kind: "admin", id: made.id, lineage: made.id }, reason: "left" },
      { type: "admin.created", subject: { kind: "admin", id: made.id }, chain: "admin" },
      { type: "role.saved", subject: { kind: "role", id: "readers" }, chain: "admin" },
    ]);
    expect((await verification(manager)).intact).toBe(true);
  });

  it("tells of the set-up, of secrets given out again, and of records that were tampered with", async () => {
    const manager = await startManager();
    const me = (await manager.request("/v1/me")).body;
    const [setUp] = (await eventPage(manager, { type: "setup.completed" })).body.items;
    expect(setUp).toMatchObject({
      ...{ actor: { kind: "setup" }, chain: "admin", sequence: 1 },
      subject: { kind: "admin", id: me.id, lineage: me.lineage },
    });
    const again = { json: { name: "A key", owner: "acct_1" }, headers: { "Idempotency-Key": "once" } };
    const key = (await manager.request("/v1/keys", again)).body;
    await manager.request("/v1/keys", again);
    expect(await lastAbout(manager, key)).toMatchObject({ type: "key.secret_replayed", actor: { id: me.id } });
    await changeOwner(key);
    await manager.validate(key.key);
    expect(await lastAbout(manager, key)).toMatchObject({ type: "key.tampered", actor: { id: me.id } });
  });

  it("holds nothing of any secret", async () => {
    const manager = await startManager();
    const { key, other } = await everyKindOfAct(manager);
    const text = JSON.stringify(await walkEvents(manager));
    for (const { key: secret } of [key, other]) expect(text).not.toContain(secret.slice(-47, -14));
  });
});

describe("the list of events", () => {
  it("is of all objects, newest first, and ends with nextCursor null", async () => {
    const manager = await startManager();
    for (let made = 0; made < 16; made += 1) await manager.createKey();
    for (const shard of [0, 1, 2, 3]) await createInShard(shard);
    const { status, headers, body } = await eventPage(manager, { limit: "200" });
    expect([status, body.nextCursor, headers.get("Link")]).toEqual([200, null, null]);
    expect(body.items).toHaveLength(21);
    expect(new Set(body.items.map(({ chain }) => chain)).size).toBe(5);
    expect(body.items).toEqual(inOrder(body.items));
  });

  it("has 50 on a page when no limit is given, and a link to the next", async () => {
    const manager = await startManager();
    await Promise.all(Array.from({ length: 60 }, () => manager.createKey()));
    const first = await eventPage(manager);
    expect(first.body.items).toHaveLength(50);
    const next = /^<(\/v1\/events\?cursor=[A-Za-z0-9_-]+)>; rel="next"$/.exec(first.headers.get("Link") ?? "")?.[1];
    const second = await manager.request(next ?? "");
    expect(second.body).toMatchObject({ items: { length: 11 }, nextCursor: null });
    expect(idsIn([...first.body.items, ...second.body.items])).toEqual(idsIn(await walkEvents(manager)));
  });

  it("may be narrowed to types, one or more, and to beginnings of types", async () => {
    const manager = await startManager();
    await everyKindOfAct(manager);
    const typesUnder = async (filters: string) => {
      const { items } = (await eventPage(manager, filters)).body;
      return items.map(({ type }) => type).toSorted();
    };
    expect(await typesUnder("type=key.created")).toEqual(["key.created", "key.created"]);
    expect(await typesUnder("type=key.revoked&type=key.rotated")).toEqual(["key.revoked", "key.rotated"]);
    expect(await typesUnder("type=setup.*")).toEqual(["setup.completed"]);
    expect(await typesUnder("type=setup.*&type=key.updated")).toEqual(["key.updated", "setup.completed"]);
    expect(await typesUnder("type=key.*")).toHaveLength(5);
    expect(await typesUnder("type=key.rotation.*")).toEqual([]);
    expect(await typesUnder("type=nothing.of_the_kind")).toEqual([]);
  });

  it("may be narrowed to one key, to a whole lineage, also after its first key is gone, and to an admin", async () => {
    const manager = await startManager();
    const me = (await manager.request("/v1/me")).body;
    const { key, other } = await everyKindOfAct(manager);
    const successor = (await manager.request(`/v1/keys/${key.id}`)).body.rotation.successor;
    await manager.patch(successor, { name: "Third" });
    const typesUnder = async (filters: Record<string, string>) =>
      (await eventPage(manager, filters)).body.items.map(({ type }) => type);
    expect(await typesUnder({ keyId: key.id })).toEqual(["key.rotated", "key.updated", "key.created"]);
    expect(await typesUnder({ keyId: successor })).toEqual(["key.updated"]);
    const whole = ["key.updated", "key.rotated", "key.updated", "key.created"];
    expect(await typesUnder({ lineage: key.id })).toEqual(whole);
    await manager.revoke(key.id);
    await manager.delete(key.id);
    expect(await typesUnder({ lineage: key.id })).toEqual(["key.deleted", "key.revoked", ...whole]);
    expect(await typesUnder({ keyId: other.id, lineage: key.id })).toEqual([]);
    expect(await typesUnder({ keyId: other.id, type: "key.revoked" })).toEqual(["key.revoked"]);
    expect(await typesUnder({ lineage: me.lineage })).toEqual(["setup.completed"]);
    expect(await typesUnder({ keyId: me.id })).toEqual(["setup.completed"]);
  });

  it("may be narrowed to what one admin did", async () => {
    const manager = await startManager();
    const me = (await manager.request("/v1/me")).body;
    const key = await manager.createKey();
    const id = "adm_0V3bQk1AAzz000000000";
    const other = callerWith(everyRight, { kind: "admin", id, lineage: id, name: "Another" });
    const { KEY_MANAGER } = env as unknown as Bindings;
    const revoke = { type: "revoke-key", id: key.id, reason: null, note: null, lineage: false } as const;
    await KEY_MANAGER.getByName(objectOf(key.id)).execute(revoke, other);
    const typesBy = async (actorId: string) =>
      (await eventPage(manager, { actorId })).body.items.map(({ type }) => type);
    expect(await typesBy(id)).toEqual(["key.revoked"]);
    expect(await typesBy(me.id)).toEqual(["key.created"]);
  });

  it("asks only the object that an id names", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    manager.calls.length = 0;
    await eventPage(manager, { keyId: id });
    expect(manager.calls.filter(({ type }) => type === "list-events")).toEqual([
      { object: objectOf(id), type: "list-events" },
    ]);
  });

  it("may be narrowed to a time: since is within it, until is not", async () => {
    testWorld.fixedTime = Date.UTC(2031, 0, 1);
    const manager = await startManager();
    const times: string[] = [];
    for (let minute = 1; minute <= 8; minute += 1) {
      testWorld.fixedTime = Date.UTC(2031, 0, 1, 0, minute);
      times.push((await manager.createKey()).createdAt);
    }
    const timesUnder = async (filters: Record<string, string>) =>
      (await eventPage(manager, { ...filters, type: "key.*" })).body.items.map(({ at }) => at).toReversed();
    expect(await timesUnder({ since: times[2] ?? "" })).toEqual(times.slice(2));
    expect(await timesUnder({ until: times[5] ?? "" })).toEqual(times.slice(0, 5));
    expect(await timesUnder({ since: times[2] ?? "", until: times[5] ?? "" })).toEqual(times.slice(2, 5));
    expect(await timesUnder({ since: "2031-01-01T01:03:00.001+01:00", until: "2031-01-01T00:05:00.001Z" })).toEqual(
      times.slice(3, 5),
    );
    expect(await timesUnder({ since: times[5] ?? "", until: times[5] ?? "" })).toEqual([]);
  });

  it.each([
    ["type", "key"],
    ["type", "*"],
    ["type", "key*"],
    ["type", "key.*.*"],
    ["type", "Key.created"],
    ["keyId", "0V3bQk1AAzz000000000"],
    ["keyId", "evt_0V3bQk1AAzz000000000"],
    ["lineage", "key_short"],
    ["actorId", "key_0V3bQk1AAzz000000000"],
    ["since", "yesterday"],
    ["since", "2031-01-01"],
    ["until", "1700000000000"],
  ])("refuses %s %j, and names it", async (parameter, value) => {
    const manager = await startManager();
    const { status, body } = await manager.request(`/v1/events?${new URLSearchParams({ [parameter]: value })}`);
    expect([status, body.errors]).toEqual([400, [expect.objectContaining({ parameter })]]);
  });
});
