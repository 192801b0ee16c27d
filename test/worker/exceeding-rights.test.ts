import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import type { Caller } from "../../src/core/access/caller.ts";
import { type Constraint, type Grant, permissions } from "../../src/core/access/permissions.ts";
import type { Command } from "../../src/core/use-cases.ts";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import {
  type CreatedKey,
  eventTypesOf,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  rowOf,
  startManager,
} from "../support/manager.ts";

afterEach(forgetEverything);

const bindings = env as unknown as Bindings;

const role = (constraint: Constraint | null, held = permissions.filter((name) => name.startsWith("keys:"))): Grant => ({
  role: "narrowed",
  permissions: held,
  constraint,
});

const callerWith = (...grants: readonly Grant[]): Caller => ({
  actor: { kind: "service", name: "tests" },
  grants,
  requestId: "tests-request",
  ip: null,
  idempotencyKey: null,
});

type OnKey = Extract<Command, { readonly type: `${string}-key` | `${string}-rotation`; readonly id: string }>;
type ActName = keyof typeof acts;

const acts = {
  rotate: (id) => ({ type: "rotate-key", id, graceSeconds: 60 }),
  reveal: (id) => ({ type: "reveal-key", id, reason: "because" }),
  rename: (id) => ({ type: "update-key", id, changes: { name: "Mine" } }),
  enable: (id) => ({ type: "update-key", id, changes: { enabled: true } }),
  "change nothing": (id) => ({ type: "update-key", id, changes: {} }),
  cancel: (id) => ({ type: "cancel-rotation", id, force: true }),
  finish: (id) => ({ type: "finish-rotation", id }),
  revoke: (id) => ({ type: "revoke-key", id, reason: null, note: null, lineage: true }),
  delete: (id) => ({ type: "delete-key", id }),
  show: (id) => ({ type: "get-key", id }),
} satisfies Record<string, (id: string) => OnKey>;

const grantingActs: readonly ActName[] = ["rotate", "reveal", "rename", "enable", "change nothing", "cancel"];
const everyAct = Object.keys(acts) as readonly ActName[];

/** Past the Worker, straight to the object: there the rights are checked against the record. */
const send = (command: OnKey, caller: Caller) =>
  bindings.KEY_MANAGER.getByName(objectOf(command.id)).execute(command, caller);

const patch = (id: string, changes: Extract<Command, { readonly type: "update-key" }>["changes"], caller: Caller) =>
  send({ type: "update-key", id, changes }, caller);

/** The command is refused like this, tells no secret, and leaves the record and its events as they were. */
const expectNothingDone = async (command: OnKey, caller: Caller, code: string, key: string): Promise<void> => {
  const before = [await rowOf(command.id), await eventTypesOf(command.id)];
  const answer = await send(command, caller);
  expect(answer).toMatchObject({ ok: false, failure: { code } });
  expect(JSON.stringify(answer)).not.toContain(key.slice(-47));
  expect([await rowOf(command.id), await eventTypesOf(command.id)]).toEqual(before);
};

const rotatingKey = async (manager: Manager, fields: Readonly<Record<string, unknown>>): Promise<CreatedKey> => {
  const created = await manager.createKey(fields);
  await manager.rotate(created.id);
  return created;
};

describe("a caller whose role is narrowed to some scopes", () => {
  const reader = callerWith(role({ scopes: ["orders:read", "users:*"] }));

  it("hands out and changes keys that hold no more", async () => {
    const manager = await startManager();
    for (const scopes of [[], ["orders:read"], ["users:read", "orders:read"], ["users:*"]]) {
      const { id, key } = await manager.createKey({ scopes });
      expect(await send(acts.reveal(id), reader)).toMatchObject({ ok: true, value: { key } });
      expect(await patch(id, { scopes: ["users:a:b"] }, reader)).toMatchObject({ ok: true, value: { version: 2 } });
      expect(await send(acts.rotate(id), reader)).toMatchObject({ ok: true, value: { scopes: ["users:a:b"] } });
      expect(await send(acts.cancel(id), reader)).toMatchObject({ ok: true, value: { status: "active" } });
    }
  });

  it.each(grantingActs)("cannot %s a key that holds more, whatever its state", async (act) => {
    const manager = await startManager();
    for (const scopes of [["orders:write"], ["*"], ["orders:*"], ["orders:read", "admin"], ["users"]]) {
      const [live, disabled] = [
        await rotatingKey(manager, { scopes }),
        await manager.createKey({ scopes, enabled: false }),
      ];
      const revoked = await manager.createKey({ scopes });
      await manager.revoke(revoked.id);
      for (const { id, key } of [live, disabled, revoked]) {
        await expectNothingDone(acts[act](id), reader, "exceeds_grantor", key);
      }
      expect(await manager.validate(live.key)).toMatchObject({ valid: true, warnings: [{ code: "rotating" }] });
    }
  });

  it("cannot give a key of its own more, alone or beside a change it may make", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey({ scopes: ["orders:read"] });
    for (const scopes of [["*"], ["orders:read", "orders:write"], ["users"], ["*:read"]]) {
      const command = { type: "update-key", id, changes: { name: "Mine", scopes } } as const;
      await expectNothingDone(command, reader, "exceeds_grantor", key);
    }
  });

  it("may still end what it may not hand out", async () => {
    const manager = await startManager();
    const { id } = await rotatingKey(manager, { scopes: ["*"] });
    expect(await send(acts.finish(id), reader)).toMatchObject({ ok: true, value: { status: "rotated" } });
    expect(await send(acts.revoke(id), reader)).toMatchObject({ ok: true, value: { status: "revoked" } });
    expect(await send(acts.delete(id), reader)).toMatchObject({ ok: true });
  });
});

describe("a caller whose role is narrowed to some owners and prefixes", () => {
  const ours = callerWith(role({ owners: ["acct_1*"], prefixes: ["acme_*"] }));

  it.each(everyAct)("cannot %s what it does not see: that does not exist", async (act) => {
    const manager = await startManager();
    const foreign = { owner: "acct_2", prefix: "acme_live" };
    for (const fields of [
      foreign,
      { owner: "acct_12", prefix: "lk_live" },
      { owner: "xacct_1", prefix: "acme_live" },
    ]) {
      const { id, key } = await rotatingKey(manager, fields);
      await expectNothingDone(acts[act](id), ours, "key_not_found", key);
    }
  });

  it("moves a key within its owners, never out of them", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey({ owner: "acct_1", prefix: "acme_live" });
    expect(await patch(id, { owner: "acct_12" }, ours)).toMatchObject({ ok: true, value: { owner: "acct_12" } });
    const command = { type: "update-key", id, changes: { owner: "acct_2" } } as const;
    await expectNothingDone(command, ours, "exceeds_grantor", key);
  });

  it("does not revoke, by a cancel, a successor that was moved out of its sight", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey({ owner: "acct_1", prefix: "acme_live" });
    const { body: fresh } = await manager.rotate(id);
    await manager.patch(fresh.id, { owner: "acct_2" });
    const before = [await rowOf(id), await rowOf(fresh.id)];
    const answer = await send(acts.cancel(id), ours);
    expect([await rowOf(id), await rowOf(fresh.id)]).toEqual(before);
    expect(answer.ok).toBe(false);
    expect(await manager.validate(key)).toMatchObject({ valid: true });
    expect(await manager.validate(fresh.key)).toMatchObject({ valid: true });
  });
});

describe("two roles that each allow half of an act", () => {
  const ordersOfOne = role({ owners: ["acct_1"], scopes: ["orders:*"] });
  const everythingOfTwo = role({ owners: ["acct_2"] });
  const readsAll = role(null, ["keys:read", "keys:validate"]);

  it("do not allow it together: rights to the owner from one, to the scopes from the other", async () => {
    const manager = await startManager();
    const caller = callerWith(ordersOfOne, everythingOfTwo, readsAll);
    const { id, key } = await rotatingKey(manager, { owner: "acct_1", scopes: ["users:read"] });
    for (const act of grantingActs) await expectNothingDone(acts[act](id), caller, "exceeds_grantor", key);
  });

  it("do not allow it together: the permission from one, the sight of the key from the other", async () => {
    const manager = await startManager();
    const caller = callerWith(ordersOfOne, readsAll);
    const { id, key } = await rotatingKey(manager, { owner: "acct_2", scopes: ["orders:read"] });
    expect(await send(acts.show(id), caller)).toMatchObject({ ok: true, value: { id } });
    for (const act of everyAct.filter((name) => name !== "show")) {
      await expectNothingDone(acts[act](id), caller, "key_not_found", key);
    }
  });

  it("do not move a key from the owner of one to the owner of the other", async () => {
    const manager = await startManager();
    const caller = callerWith(role({ owners: ["acct_1"] }), role({ owners: ["acct_2"] }));
    const { id, key } = await manager.createKey({ owner: "acct_1" });
    const command = { type: "update-key", id, changes: { owner: "acct_2" } } as const;
    await expectNothingDone(command, caller, "exceeds_grantor", key);
  });

  it("do not turn the scopes of one into the scopes of the other", async () => {
    const manager = await startManager();
    const caller = callerWith(role({ scopes: ["orders:*"] }), role({ scopes: ["users:*"] }));
    const { id, key } = await manager.createKey({ scopes: ["orders:read"] });
    const command = { type: "update-key", id, changes: { scopes: ["users:read"] } } as const;
    await expectNothingDone(command, caller, "exceeds_grantor", key);
  });
});

const tamper = ({ id }: CreatedKey): Promise<unknown> =>
  inObject(objectOf(id), (sql) => void sql.exec(`UPDATE api_keys SET scopes = '["*"]' WHERE id = ?`, id));

describe("a record that was tampered with", () => {
  const anybody = callerWith(role(null));

  it.each(["rotate", "reveal", "rename", "enable", "change nothing", "finish", "cancel"] as const)(
    "is refused to whoever wants to %s it, before anything about its state",
    async (act) => {
      const manager = await startManager();
      const [live, revoked] = [await rotatingKey(manager, {}), await manager.createKey({ recoverable: false })];
      await manager.revoke(revoked.id);
      for (const created of [live, revoked]) {
        await tamper(created);
        await expectNothingDone(acts[act](created.id), anybody, "tampered", created.key);
      }
    },
  );

  it("can be revoked and deleted, and nothing signs it again", async () => {
    const manager = await startManager();
    const created = await rotatingKey(manager, {});
    await tamper(created);
    const signatureOf = async () => JSON.parse(await rowOf(created.id))[0].signature;
    const signature = await signatureOf();
    expect(await send(acts.revoke(created.id), anybody)).toMatchObject({
      ok: true,
      value: { status: "revoked", tampered: true },
    });
    expect(await signatureOf()).toEqual(signature);
    expect(await manager.validate(created.key)).toMatchObject({ code: "tampered" });
    expect(await send(acts.delete(created.id), anybody)).toMatchObject({ ok: true });
    expect(await manager.validate(created.key)).toMatchObject({ code: "unknown" });
  });

  it("does not exist for a caller whom anything narrows", async () => {
    const manager = await startManager();
    const created = await rotatingKey(manager, {});
    await tamper(created);
    for (const constraint of [{ scopes: ["*"] }, { owners: ["*"] }, { prefixes: ["*"] }]) {
      const narrowed = callerWith(role(constraint));
      for (const act of everyAct)
        await expectNothingDone(acts[act](created.id), narrowed, "key_not_found", created.key);
    }
  });
});
