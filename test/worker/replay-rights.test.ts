import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import type { Constraint, Permission } from "../../src/core/access/permissions.ts";
import type { KeyManager } from "../../src/core/use-cases.ts";
import { evictAll, forgetEverything, inObject, objectOf, runAlarms, startManager } from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const dayMs = 86_400_000;
const { KEY_MANAGER: namespace } = env as unknown as { readonly KEY_MANAGER: DurableObjectNamespace };
const object = (name: string) => namespace.getByName(name) as unknown as KeyManager;

/** A sibling Worker with one role, repeating itself with one Idempotency-Key. */
const repeater = (permissions: readonly Permission[], constraint: Constraint) => ({
  actor: { kind: "service" as const, name: "tests" },
  grants: [{ role: "narrow", permissions, constraint }],
  requestId: "tests",
  ip: null,
  idempotencyKey: "once",
  requestDigest: new Uint8Array(32),
});

const aCreate = {
  type: "create-key",
  name: "A key",
  owner: "acct_1",
  prefix: "lk_live",
  scopes: ["orders:read"],
  metadata: {},
  enabled: true,
  recoverable: true,
  expiry: null,
} as const;

describe("a secret that would be given out again", () => {
  const narrow = repeater(["keys:create"], { owners: ["acct_1"], scopes: ["orders:*"] });

  it("is, while the caller may still hand out what it carries", async () => {
    await startManager();
    const shard = object("shard-00");
    const first = await shard.execute(aCreate, narrow);
    const again = await shard.execute(aCreate, narrow);
    expect(again).toEqual({ ...first, replayed: true });
  });

  it.each([
    ["wider scopes", { scopes: ["*"] }],
    ["another owner", { owner: "acct_2" }],
  ])("is not once it carries %s than the caller holds", async (_what, changes) => {
    const manager = await startManager();
    await manager.createKey();
    const shard = object("shard-00");
    const first = await shard.execute(aCreate, narrow);
    if (!first.ok) throw new Error(first.failure.code);
    expect((await manager.patch(first.value.id, changes)).status).toBe(200);
    expect(await shard.execute(aCreate, narrow)).toEqual({ ok: false, failure: { code: "exceeds_grantor" } });
  });
});

describe("an act that ends something", () => {
  it.each([
    ["revoke-key", "keys:revoke", { reason: null, note: null, lineage: false }],
    ["finish-rotation", "keys:rotate", {}],
  ] as const)(
    "(%s) is repeated for whoever may do it, whatever the scopes of the key",
    async (type, permission, more) => {
      const manager = await startManager();
      const { id } = await manager.createKey({ scopes: ["billing:write"] });
      await manager.rotate(id);
      const narrow = repeater([permission], { scopes: ["orders:*"] });
      const shard = object(objectOf(id));
      const send = () => shard.execute({ type, id, ...more } as Parameters<KeyManager["execute"]>[0], narrow);
      expect(await send()).toMatchObject({ ok: true });
      expect(await send()).toMatchObject({ ok: true, replayed: true });
    },
  );
});

describe("kept answers", () => {
  const records = () =>
    inObject("shard-00", (sql) => Number(sql.exec("SELECT count(*) AS count FROM idempotency_records").one().count));

  it("have an alarm set for them by the request that left them", async () => {
    await startManager();
    await object("shard-00").execute(aCreate, repeater(["keys:create"], {}));
    const alarm = await runInDurableObject(namespace.getByName("shard-00"), (_instance, state) =>
      state.storage.getAlarm(),
    );
    expect(alarm).not.toBeNull();
  });

  it("are cleared away on a busy object too, whose alarm rings all the time", async () => {
    await startManager();
    await object("shard-00").execute(aCreate, repeater(["keys:create"], {}));
    const everyTwentyMinutes = 1_200_000;
    for (let elapsedMs = 0; elapsedMs <= dayMs + 3_600_000; elapsedMs += everyTwentyMinutes) {
      testWorld.clockOffsetMs = elapsedMs;
      await runAlarms();
    }
    expect(await records()).toBe(0);
  });

  it("are cleared away when their day is over, and not before", async () => {
    await startManager();
    await object("shard-00").execute(aCreate, repeater(["keys:create"], {}));
    testWorld.clockOffsetMs = dayMs / 2;
    await runAlarms();
    expect(await records()).toBe(1);
    await evictAll();
    testWorld.clockOffsetMs = dayMs + 60_000;
    await object("shard-00").execute(aCreate, repeater(["keys:create"], {}));
    await inObject("shard-00", (sql) => sql.exec("UPDATE idempotency_records SET created_at = 9007199254740991"));
    await runAlarms();
    expect(await records()).toBe(0);
  });
});
