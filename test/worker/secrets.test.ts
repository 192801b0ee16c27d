import { afterEach, describe, expect, it } from "vitest";
import {
  anotherIsolate,
  type CreatedKey,
  forgetEverything,
  inObject,
  Manager,
  objectIds,
  objectOf,
  redeploy,
  startManager,
} from "../support/manager.ts";
import { finishReencryption, newSecrets, oldSecrets, rotated, staged } from "../support/rotated-secrets.ts";

afterEach(forgetEverything);

const manyKeys = (manager: Manager, count = 12): Promise<CreatedKey[]> =>
  Promise.all(Array.from({ length: count }, () => manager.createKey()));

const everythingStored = async (keys: readonly CreatedKey[]): Promise<string> => {
  const objects = new Set(["admin", ...keys.map(({ id }) => objectOf(id))]);
  const dumps = await Promise.all(
    [...objects].map((object) =>
      inObject(object, (sql) => {
        const tables = [...sql.exec<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")];
        const own = tables.filter(({ name }) => !/^(_cf_|__miniflare|sqlite_)/.test(name));
        return own
          .map(({ name }) => JSON.stringify([...sql.exec(`SELECT * FROM ${name}`).raw()], bytesAsText))
          .join("\n");
      }),
    ),
  );
  return dumps.join("\n");
};

const bytesAsText = (_name: string, value: unknown): unknown =>
  value instanceof ArrayBuffer ? String.fromCharCode(...new Uint8Array(value)) : value;

describe("secrets that were rotated, the old ones kept as fallback", () => {
  it("leave every key valid, and new keys are made under the new ones", async () => {
    const manager = await startManager();
    const keys = await manyKeys(manager);
    await redeploy(staged);
    const during = await manyKeys(anotherIsolate(manager), 4);
    await redeploy(rotated);
    const after = anotherIsolate(manager);
    const fresh = await manyKeys(after, 4);
    for (const { key } of [...keys, ...during, ...fresh])
      expect(await after.validate(key)).toMatchObject({ valid: true });
    expect((await after.request("/readyz")).status).toBe(200);
  });

  it("let an old key be revoked, and it stays revoked", async () => {
    const manager = await startManager();
    const [old] = await manyKeys(manager, 1);
    await redeploy(rotated);
    const after = anotherIsolate(manager);
    expect((await after.revoke(old?.id ?? "")).status).toBe(200);
    expect(await after.validate(old?.key ?? "")).toMatchObject({ code: "revoked" });
  });

  it("work while Workers already have the new ones and objects still the old, and the other way round", async () => {
    const manager = await startManager();
    const keys = await manyKeys(manager);
    await redeploy(staged);
    const newWorker = anotherIsolate(manager, rotated);
    for (const { key } of keys) expect(await newWorker.validate(key)).toMatchObject({ valid: true });
    await newWorker.createKey();
    await redeploy(rotated);
    const oldWorker = anotherIsolate(manager, staged);
    const made = await manyKeys(oldWorker, 8);
    for (const { key } of [...keys, ...made]) expect(await oldWorker.validate(key)).toMatchObject({ valid: true });
  });

  it("can be swapped back", async () => {
    const manager = await startManager();
    const keys = await manyKeys(manager);
    await redeploy(rotated);
    await manyKeys(anotherIsolate(manager));
    await redeploy(staged);
    const back = anotherIsolate(manager);
    await back.createKey();
    for (const { key } of keys) expect(await back.validate(key)).toMatchObject({ valid: true });
  });

  it("keep a key of a secret that is gone from being called forged", async () => {
    const manager = await startManager();
    const keys = await manyKeys(manager);
    await redeploy(rotated);
    await manyKeys(anotherIsolate(manager));
    await redeploy(newSecrets);
    const after = anotherIsolate(manager, newSecrets);
    for (const { key } of keys) {
      const answer = await after.request("/v1/validate", { json: { key } });
      expect(answer.status).toBe(503);
      expect(answer.body.code).toBe("not_configured");
    }
  });
});

describe("an encryption key that was taken away too early", () => {
  const third = { ENCRYPTION_KEY: "b9Wn2QfXk4RtVz7LmYc1HsJp6GdEa3UoTi8Kx0ZrNvM=" };

  it("closes what the tag key of a retired HMAC secret is needed for, and names it; all else goes on", async () => {
    const manager = await startManager();
    const old = await manager.createKey();
    await redeploy(staged);
    await redeploy(rotated);
    const during = anotherIsolate(manager);
    await during.request("/v1/system/reencrypt", { json: {} });
    await finishReencryption(during);
    const owner = await during.createAdmin({ roles: ["owner"] });
    await redeploy({ ...newSecrets, ...third, ENCRYPTION_KEY_FALLBACK: newSecrets.ENCRYPTION_KEY });
    const fresh = await anotherIsolate(manager).createKey();

    await redeploy({ ...newSecrets, ...third });
    const first = anotherIsolate(manager);
    const later = first.as(owner.key);
    const detail = expect.stringMatching(
      /^a record is protected by the secret with the fingerprint [0-9a-f]{16}, .*: put it back into ENCRYPTION_KEY_FALLBACK$/,
    );
    const refusal = { status: 503, body: { code: "not_configured", detail, settings: ["ENCRYPTION_KEY_FALLBACK"] } };
    expect(await first.request("/v1/me")).toMatchObject(refusal);
    expect(await later.request("/v1/validate", { json: { key: old.key } })).toMatchObject(refusal);
    expect(await later.validate(fresh.key)).toMatchObject({ valid: true });
    expect(await first.request("/readyz")).toMatchObject({
      status: 503,
      body: { problems: [{ name: "secrets", detail }] },
    });

    await redeploy({ ...newSecrets, ...third, ENCRYPTION_KEY_FALLBACK: newSecrets.ENCRYPTION_KEY });
    expect(await anotherIsolate(manager).validate(old.key)).toMatchObject({ valid: true });
  });
});

describe("a stranger's secrets", () => {
  it.each([
    ["both", newSecrets, ["ENCRYPTION_KEY", "HMAC_SECRET"]],
    ["the encryption key", { ...oldSecrets, ENCRYPTION_KEY: newSecrets.ENCRYPTION_KEY }, ["ENCRYPTION_KEY"]],
    ["the HMAC secret", { ...oldSecrets, HMAC_SECRET: newSecrets.HMAC_SECRET }, ["HMAC_SECRET"]],
  ])("(%s) get a 503 that names them, write nothing and lose nothing", async (_which, foreign, names) => {
    const manager = await startManager();
    const keys = await manyKeys(manager);
    const before = await everythingStored(keys);
    const objectsBefore = (await objectIds()).length;

    await redeploy(foreign);
    const stranger = anotherIsolate(manager, foreign);
    const [first] = keys;
    const attempts = [
      await stranger.request("/v1/keys", { json: { name: "A key", owner: "acct_1" } }),
      await stranger.request("/v1/keys"),
      await stranger.request(`/v1/keys/${first?.id}`),
      await stranger.request(`/v1/keys/${first?.id}/revoke`, { json: {} }),
      await stranger.request("/v1/validate", { json: { key: first?.key } }),
      await stranger.request("/v1/me"),
      await stranger.request("/v1/setup", { key: "the-setup-token-of-the-tests", json: {} }),
      await stranger.request("/v1/me", { key: null }),
    ];
    expect(attempts.map(({ status }) => status)).toEqual(attempts.map(() => 503));
    expect(new Set(attempts.map(({ body }) => body.code))).toEqual(new Set(["not_configured"]));
    expect((await stranger.request("/healthz")).status).toBe(200);
    const readiness = await stranger.request("/readyz");
    expect(readiness.status).toBe(503);
    expect(readiness.body.problems.map(({ name }: { readonly name: string }) => name)).toEqual(names);

    await redeploy({});
    expect(await everythingStored(keys)).toBe(before);
    expect((await objectIds()).length).toBe(objectsBefore);
    const back = anotherIsolate(manager, {});
    for (const { key } of keys) expect(await back.validate(key)).toMatchObject({ valid: true });
  });
});

describe("settings that cannot be right", () => {
  it.each([
    ["missing", { ENCRYPTION_KEY: "" }, "ENCRYPTION_KEY", "is missing"],
    ["missing", { HMAC_SECRET: "" }, "HMAC_SECRET", "is missing"],
    ["short", { HMAC_SECRET: "c2hvcnQ=" }, "HMAC_SECRET", "must be 32 random bytes"],
    ["a passphrase", { ENCRYPTION_KEY: "correct horse battery staple" }, "ENCRYPTION_KEY", "must be 32 random bytes"],
    [
      "a long passphrase",
      { ENCRYPTION_KEY: "correcthorsebatterystaplecorrecthorsebatter" },
      "ENCRYPTION_KEY",
      "passphrase",
    ],
    ["no randomness", { HMAC_SECRET: "0".repeat(64) }, "HMAC_SECRET", "repeats itself"],
    ["a bad fallback", { HMAC_SECRET_FALLBACK: "x" }, "HMAC_SECRET_FALLBACK", "must be 32 random bytes"],
    ["too many", { SHARDS: "257" }, "SHARDS", "1 to 256"],
  ])("(%s: %o) are named by readiness, and nothing else works", async (_what, settings, name, detail) => {
    const given = Object.values(settings).join("");
    const manager = new Manager(settings);
    const readiness = await manager.request("/readyz");
    expect(readiness.status).toBe(503);
    expect(readiness.body.problems).toEqual([{ name, detail: expect.stringContaining(detail) }]);
    if (given.length > 4) expect(readiness.text).not.toContain(given);
    expect((await manager.request("/healthz")).status).toBe(200);
    expect((await manager.request("/v1/me", { key: null })).body.code).toBe("not_configured");
  });

  it("do not keep secrets in hex or base64url out", async () => {
    const hex = "00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    const settings = { ENCRYPTION_KEY: hex, HMAC_SECRET: newSecrets.HMAC_SECRET.replaceAll("+", "-").replace("=", "") };
    await redeploy(settings);
    const manager = new Manager(settings);
    await manager.setUp();
    expect(await manager.validate((await manager.createKey()).key)).toMatchObject({ valid: true });
  });
});

describe("what is stored", () => {
  it("holds no key in plain, not in a record, an event or a setting", async () => {
    const manager = await startManager();
    const keys = [...(await manyKeys(manager)), await manager.createKey({ recoverable: false })];
    await manager.revoke(keys[0]?.id ?? "");
    const stored = await everythingStored(keys);
    expect(stored).toContain(keys[0]?.id);
    for (const keyString of [manager.adminKey, ...keys.map(({ key }) => key)]) {
      const secret = keyString.slice(-47, -15);
      expect(stored).not.toContain(secret);
      expect(stored).not.toContain(keyString);
    }
  });
});
