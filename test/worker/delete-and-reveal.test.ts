import { afterEach, describe, expect, it } from "vitest";
import {
  anotherIsolate,
  type CreatedKey,
  eventsAbout,
  eventTypesOf,
  evictAll,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  redeploy,
  rowOf,
  runAlarms,
  startManager,
} from "../support/manager.ts";
import { expectInvalid, expectProblem } from "../support/problems.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const oldSecrets = {
  ENCRYPTION_KEY: "aIXqvF3nTzYvC0V0bJwZbq2mS5tK8rP1xN4hW7uD9eA=",
  HMAC_SECRET: "Qk7pLw2xRz8vTn5cYb3mHd6fJs9gKa1eUo4iXt0yZqM=",
};
const rotatedSecrets = {
  ENCRYPTION_KEY: "m3Kd8Vx1QzRfT6yUh0WcPj5sLbN9eGa2oXi7rYtE4kA=",
  HMAC_SECRET: "Zt4hB7nMq1wEr5yUi9oPa3sDf6gJk8lXc2vQz0TbNnI=",
  ENCRYPTION_KEY_FALLBACK: oldSecrets.ENCRYPTION_KEY,
  HMAC_SECRET_FALLBACK: oldSecrets.HMAC_SECRET,
};

type Act = (manager: Manager, id: string) => Promise<unknown>;
const expire = async () => {
  testWorld.clockOffsetMs = 61_000;
};

const tamper = ({ id }: CreatedKey): Promise<unknown> =>
  inObject(objectOf(id), (sql) => void sql.exec(`UPDATE api_keys SET scopes = '["*"]' WHERE id = ?`, id));

/** What a validation of this key answers, byte for byte. */
const verdictText = async (manager: Manager, key: string): Promise<string> =>
  (await manager.request("/v1/validate", { json: { key } })).text;

/** A key string that its manager made and lost every trace of. */
const keyOfNobody = async (manager: Manager): Promise<string> => {
  const { id, key } = await manager.createKey();
  await inObject(objectOf(id), (sql) => void sql.exec("DELETE FROM api_keys WHERE id = ?", id));
  return key;
};

describe("a deletion", () => {
  it.each<[string, Act]>([
    ["revoked", (manager, id) => manager.revoke(id)],
    ["expired", expire],
    ["rotated", (manager, id) => manager.rotate(id, { graceSeconds: 0 })],
    ["rotated", (manager, id) => manager.rotate(id, { graceSeconds: 30 }).then(expire)],
  ])("takes a key that is %s away, and leaves its events", async (status, act) => {
    const manager = await startManager();
    const { id, key } = await manager.createKey(status === "expired" ? { expiresInSeconds: 60 } : {});
    await act(manager, id);
    expect((await manager.request(`/v1/keys/${id}`)).body.status).toBe(status);
    const before = await eventTypesOf(id);
    const answer = await manager.delete(id);
    expect([answer.status, answer.text]).toEqual([204, ""]);

    expectProblem(await manager.request(`/v1/keys/${id}`), 404, "key_not_found");
    expectProblem(await manager.delete(id), 404, "key_not_found");
    expectProblem(await manager.reveal(id), 404, "key_not_found");
    expect(await rowOf(id)).toBe("[]");
    expect(await verdictText(manager, key)).toBe(await verdictText(manager, await keyOfNobody(manager)));
    await evictAll();
    expect(await manager.validate(key)).toEqual({ valid: false, code: "unknown", httpStatus: 401 });
    expect(await eventTypesOf(id)).toEqual([...before, "key.deleted"]);
  });

  it("leaves nothing of the key in a list, a search, its words or the record of its uses", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey({ name: "Walrus", owner: "acct_walrus" });
    const leftOf = () =>
      inObject(objectOf(id), (sql) => [
        sql.exec("SELECT count(*) AS words FROM api_key_words WHERE api_key_words MATCH 'walrus'").one(),
        sql.exec("SELECT count(*) AS uses FROM api_key_uses").one(),
      ]);
    await manager.validate(key);
    await runAlarms();
    await manager.validate(key);
    expect(await leftOf()).toEqual([{ words: 1 }, { uses: 1 }]);
    await manager.revoke(id);
    await manager.delete(id);
    await runAlarms();
    expect(await leftOf()).toEqual([{ words: 0 }, { uses: 0 }]);
    for (const query of ["q=walrus", `q=${id}`, "owner=acct_walrus", `lineage=${id}`, "status=revoked"]) {
      expect((await manager.request(`/v1/keys?${query}`)).body, query).toEqual({ items: [], nextCursor: null });
    }
  });

  it("of one key leaves the keys before and after it working", async () => {
    const manager = await startManager();
    const first = await manager.createKey();
    const second = (await manager.rotate(first.id, { graceSeconds: 600 })).body;
    const third = (await manager.rotate(second.id, { graceSeconds: 0 })).body;
    expect((await manager.delete(second.id)).status).toBe(204);
    expect(await manager.validate(first.key)).toMatchObject({ valid: true, warnings: [{ successor: second.id }] });
    expect(await manager.validate(third.key)).toMatchObject({ valid: true, lineage: first.id });
    expect((await manager.request(`/v1/keys/${third.id}`)).body.rotation.predecessor).toBe(second.id);
    const fourth = (await manager.rotate(third.id, { graceSeconds: 600 })).body;
    expect((await manager.finish(first.id)).body.status).toBe("rotated");
    expect((await manager.delete(first.id)).status).toBe(204);
    expect((await manager.cancel(third.id)).body.status).toBe("active");
    expect(await manager.validate(fourth.key)).toMatchObject({ code: "revoked" });
  });

  it.each<[string, Act]>([
    ["active", async () => undefined],
    ["disabled", (manager, id) => manager.patch(id, { enabled: false })],
    ["rotating", (manager, id) => manager.rotate(id)],
  ])("is refused for a key that is %s, which the refusal tells", async (status, act) => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    await act(manager, id);
    const before = await rowOf(id);
    const answer = await manager.delete(id);
    expectProblem(answer, 409, "key_still_live");
    expect(await rowOf(id)).toBe(before);
    expect(await eventTypesOf(id)).not.toContain("key.deleted");
    expect(Object.values(answer.body as object)).toContain(status);
  });

  it("takes a record that was tampered with away at once", async () => {
    const manager = await startManager();
    const created = await manager.createKey();
    await tamper(created);
    expect(await manager.validate(created.key)).toMatchObject({ code: "tampered" });
    expect((await manager.delete(created.id)).status).toBe(204);
    expect(await manager.validate(created.key)).toMatchObject({ code: "unknown" });
    expect(await eventTypesOf(created.id)).toEqual(["key.created", "key.tampered", "key.deleted"]);
  });
});

describe("a reveal", () => {
  it.each<[string, Act]>([
    ["active", async () => undefined],
    ["disabled", (manager, id) => manager.patch(id, { enabled: false })],
    ["rotating", (manager, id) => manager.rotate(id)],
    ["rotated", (manager, id) => manager.rotate(id, { graceSeconds: 0 })],
    ["expired", expire],
  ])("gives the key string of a key that is %s, and nothing else", async (status, act) => {
    const manager = await startManager();
    const { id, key } = await manager.createKey({ prefix: "acme_live", expiresInSeconds: 60 });
    await act(manager, id);
    expect((await manager.request(`/v1/keys/${id}`)).body.status).toBe(status);
    const before = await rowOf(id);
    const answer = await manager.reveal(id);
    expect([answer.status, answer.body]).toEqual([200, { key }]);
    expect(await rowOf(id)).toBe(before);
  });

  it("writes down who asked and why", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    await manager.reveal(id, "lost in a migration ✓");
    expect((await eventsAbout(id)).at(-1)).toEqual({
      type: "key.revealed",
      actor_kind: "admin",
      reason: null,
      note: "lost in a migration ✓",
      changes: null,
    });
  });

  it("gives the successor's own secret, not its predecessor's", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey();
    const { body: fresh } = await manager.rotate(id);
    expect((await manager.reveal(fresh.id)).body).toEqual({ key: fresh.key });
    expect((await manager.reveal(id)).body).toEqual({ key });
  });

  it("works on when the manager's secrets were rotated, the old ones kept as fallback", async () => {
    const manager = await startManager();
    const old = await manager.createKey();
    await redeploy(rotatedSecrets);
    const after = anotherIsolate(manager);
    expect((await after.reveal(old.id)).body).toEqual({ key: old.key });
    const { body: fresh } = await after.rotate(old.id);
    await evictAll();
    const later = anotherIsolate(manager);
    expect((await later.reveal(old.id)).body).toEqual({ key: old.key });
    expect((await later.reveal(fresh.id)).body).toEqual({ key: fresh.key });
    expect(await later.validate(fresh.key)).toMatchObject({ valid: true, lineage: old.id });
  });

  it("is refused for a key that is revoked, or of which only a digest was kept", async () => {
    const manager = await startManager();
    const [revoked, digest] = [await manager.createKey(), await manager.createKey({ recoverable: false })];
    await manager.revoke(revoked.id);
    for (const [{ id, key }, code] of [
      [revoked, "key_revoked"],
      [digest, "not_recoverable"],
    ] as const) {
      const answer = await manager.reveal(id);
      expectProblem(answer, 409, code);
      expect(answer.text).not.toContain(key.slice(-47));
      expect(await eventTypesOf(id)).not.toContain("key.revealed");
    }
  });

  it.each([{}, { reason: "" }, { reason: "  " }, { reason: null }, { reason: "x".repeat(257) }])(
    "is refused without a reason: %j",
    async (json) => {
      const manager = await startManager();
      const { id, key } = await manager.createKey();
      const answer = await manager.request(`/v1/keys/${id}/reveal`, { json });
      expectInvalid(answer, { pointer: "#/reason" });
      expect(answer.text).not.toContain(key);
      expect(await eventTypesOf(id)).toEqual(["key.created"]);
    },
  );
});
