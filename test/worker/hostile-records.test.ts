import { afterEach, describe, expect, it } from "vitest";
import {
  anotherIsolate,
  evictAll,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  redeploy,
  startManager,
} from "../support/manager.ts";

afterEach(forgetEverything);

const edit = (id: string, assignment: string) =>
  inObject(objectOf(id), (sql) => sql.exec(`UPDATE api_keys SET ${assignment} WHERE id = ?`, id).rowsWritten);

const keysInOneShard = async (manager: Manager) => {
  const first = await manager.createKey();
  for (;;) {
    const second = await manager.createKey();
    if (objectOf(second.id) === objectOf(first.id)) return [first, second] as const;
  }
};

describe("a record that was made to live for ever, or to break whoever reads it", () => {
  it.each([
    "expires_at = 9223372036854775807",
    "version = 9223372036854775807",
    "created_at = -9223372036854775808",
    `scopes = '[{"toString":1,"valueOf":1}]'`,
    "scopes = '{}'",
    "metadata = 'no JSON'",
    "metadata = '[1]'",
  ])("(%s) is tampered, hides no other key and can be revoked", async (assignment) => {
    const manager = await startManager();
    const [forged, other] = await keysInOneShard(manager);
    expect(await edit(forged.id, assignment)).toBeGreaterThan(0);
    expect(await manager.validate(forged.key)).toMatchObject({ valid: false, code: "tampered" });
    expect((await manager.request(`/v1/keys/${forged.id}`)).body).toMatchObject({ tampered: true });
    const listed = await manager.request("/v1/keys");
    expect(listed.body.items.map(({ id }: { readonly id: string }) => id)).toContain(other.id);
    expect((await manager.revoke(forged.id)).body).toMatchObject({ status: "revoked", tampered: true });
    expect(await manager.validate(other.key)).toMatchObject({ valid: true });
  });

  it("takes nobody with it when it points at somebody else's lineage", async () => {
    const manager = await startManager();
    const [forged, innocent] = await keysInOneShard(manager);
    await edit(forged.id, `lineage = '${innocent.id}'`);
    expect((await manager.revoke(forged.id, { lineage: true })).body).toMatchObject({ alsoRevoked: [] });
    expect(await manager.validate(innocent.key)).toMatchObject({ valid: true });
  });
});

describe("the record of adopted secrets", () => {
  it("stops the object that holds it when it was changed, and is not signed anew", async () => {
    const manager = await startManager();
    await inObject("admin", (sql) => sql.exec("UPDATE adopted_secrets SET epoch = '!' WHERE kind = 'hmac'"));
    await evictAll();
    const other = anotherIsolate(manager);
    expect((await other.request("/v1/me")).body).toMatchObject({ status: 503, code: "not_configured" });
    const readiness = await other.request("/readyz");
    expect(readiness.status).toBe(503);
    expect(readiness.body.problems).toEqual([
      { name: "secrets", detail: expect.stringContaining("in admin was changed from outside") },
    ]);
  });
});

describe("a row in the record of adopted secrets that somebody put there", () => {
  it.each(["fingerprint", "mac_fingerprint", "encryption_fingerprint"])(
    "closes the object when its %s is another text, which no answer repeats",
    async (column) => {
      const manager = await startManager();
      const { key } = await manager.createKey();
      const row: Record<string, string | null> = {
        fingerprint: "00112233445566ff",
        mac_fingerprint: "ff00112233445566",
        encryption_fingerprint: null,
        [column]: key,
      };
      await inObject("admin", (sql) =>
        sql.exec(
          "INSERT INTO adopted_secrets VALUES (?, 1, 'hmac', 0, 1, NULL, NULL, ?, ?, x'00')",
          row.fingerprint,
          row.encryption_fingerprint,
          row.mac_fingerprint,
        ),
      );
      await evictAll();
      const other = anotherIsolate(manager);
      for (const path of ["/readyz", "/v1/system", "/v1/system/reencrypt"]) {
        const answer = await other.request(path);
        expect(answer.status).toBe(503);
        expect(answer.text).not.toContain(key);
      }
    },
  );
});

describe("secrets that were swapped without the step over the fallback", () => {
  const swapped = {
    ENCRYPTION_KEY: "m3Kd8Vx1QzRfT6yUh0WcPj5sLbN9eGa2oXi7rYtE4kA=",
    HMAC_SECRET: "Zt4hB7nMq1wEr5yUi9oPa3sDf6gJk8lXc2vQz0TbNnI=",
  };
  const kept = {
    ...swapped,
    ENCRYPTION_KEY_FALLBACK: "aIXqvF3nTzYvC0V0bJwZbq2mS5tK8rP1xN4hW7uD9eA=",
    HMAC_SECRET_FALLBACK: "Qk7pLw2xRz8vTn5cYb3mHd6fJs9gKa1eUo4iXt0yZqM=",
  };

  it("make a Worker that does not hold them yet say so, in place of calling their keys forged", async () => {
    const before = await startManager();
    await redeploy(kept);
    const after = anotherIsolate(before, kept);
    const { key } = await after.createKey();
    const late = anotherIsolate(before, {});
    const answer = await late.request("/v1/validate", { json: { key } });
    expect(answer.status).toBe(503);
    expect(answer.body.code).toBe("not_configured");
  });
});

describe("the set-up", () => {
  it("refuses two different credentials", async () => {
    const manager = await startManager();
    const headers = { "X-API-Key": "another" };
    const answer = await manager.request("/v1/setup", { key: "the-setup-token-of-the-tests", headers, json: {} });
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe("multiple_credentials");
  });
});

describe("a record that says of itself that it is dead", () => {
  it("is revoked all the same, with an event, and its kept answer is erased", async () => {
    const manager = await startManager();
    const json = { name: "A key", owner: "acct_1" };
    const headers = { "Idempotency-Key": "order-1" };
    const { id } = (await manager.request("/v1/keys", { json, headers })).body;
    await edit(id, "revoked_at = 1");
    expect((await manager.revoke(id, { reason: "leaked" })).body).toMatchObject({ revocationReason: "leaked" });
    const told = await inObject(objectOf(id), (sql) => [...sql.exec("SELECT type FROM events ORDER BY sequence")]);
    expect(told.map(({ type }) => type)).toEqual(["key.created", "key.revoked"]);
    const again = await manager.request("/v1/keys", { json, headers });
    expect([again.status, again.body.code]).toEqual([409, "idempotency_spent"]);
  });

  it("is revoked with its successor when it says that its grace is over", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    const { body: successor } = await manager.rotate(id);
    await edit(id, "grace_finished = 1");
    expect((await manager.revoke(successor.id)).body).toMatchObject({ alsoRevoked: [id] });
  });

  it("takes its whole chain with it when asked to: the genuine ones name it themselves", async () => {
    const manager = await startManager();
    const first = await manager.createKey();
    const { body: second } = await manager.rotate(first.id);
    await edit(first.id, "name = 'Another'");
    expect((await manager.revoke(first.id, { lineage: true })).body).toMatchObject({ alsoRevoked: [second.id] });
    expect(await manager.validate(second.key)).toMatchObject({ code: "revoked" });
  });

  it("gets no secret out of a kept answer", async () => {
    const manager = await startManager();
    const json = { name: "A key", owner: "acct_1" };
    const headers = { "Idempotency-Key": "order-1" };
    const { id } = (await manager.request("/v1/keys", { json, headers })).body;
    await edit(id, "name = 'Another'");
    const again = await manager.request("/v1/keys", { json, headers });
    expect([again.status, again.body.code]).toEqual([409, "tampered"]);
  });
});
