import { afterEach, describe, expect, it } from "vitest";
import type { SecretTextName } from "../../src/infrastructure/secrets/keyring-of-texts.ts";
import { everythingStoredIn } from "../support/everything-stored.ts";
import {
  anotherIsolate,
  type CreatedKey,
  evict,
  evictAll,
  forgetEverything,
  inObject,
  Manager,
  objectOf,
  redeploy,
  runAlarms,
  startManager,
  tablesOf,
} from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import { oldSecrets as inWorker, newSecrets as stored } from "../support/rotated-secrets.ts";
import { StoreDouble, storeCanary } from "../support/store-double.ts";

afterEach(forgetEverything);

const primaries = ["ENCRYPTION_KEY", "HMAC_SECRET"] as const;
const all = [...primaries, "ENCRYPTION_KEY_FALLBACK", "HMAC_SECRET_FALLBACK"] as const;

/** A manager that was set up with what its store holds; the Worker secrets beside it are others. */
const startOn = async (store: StoreDouble, ...names: SecretTextName[]): Promise<Manager> => {
  await redeploy(store.bound(...names));
  return startManager();
};

const expectWorks = async (manager: Manager, ...keys: readonly CreatedKey[]): Promise<void> => {
  expect((await manager.request("/readyz")).status).toBe(200);
  const made = await manager.createKey();
  for (const { key } of [...keys, made]) expect(await manager.validate(key)).toMatchObject({ valid: true });
};

const namesOf = ({ body }: { readonly body: { readonly problems?: readonly { readonly name: string }[] } }) =>
  body.problems?.map(({ name }) => name);

describe("a secret of the Secrets Store", () => {
  it("is taken before the Worker secret of its name", async () => {
    const manager = await startOn(new StoreDouble(stored), ...primaries);
    const key = await manager.createKey();
    await redeploy(stored);
    await expectWorks(anotherIsolate(manager), key);
    await redeploy({});
    expect(namesOf(await anotherIsolate(manager).request("/readyz"))).toEqual(["ENCRYPTION_KEY", "HMAC_SECRET"]);
  });

  it("may be a document with the whole ring", async () => {
    const manager = await startManager();
    const key = await manager.createKey();
    const ring = (name: (typeof primaries)[number]) =>
      JSON.stringify({ primary: stored[name], fallbacks: [inWorker[name]] });
    const store = new StoreDouble({ ENCRYPTION_KEY: ring("ENCRYPTION_KEY"), HMAC_SECRET: ring("HMAC_SECRET") });
    await redeploy(store.bound(...primaries));
    await expectWorks(anotherIsolate(manager), key);
  });

  it.each([
    ["a fallback, and the primary a Worker secret", stored, inWorker],
    ["the primary, and the fallback a Worker secret", inWorker, stored],
  ])("may be %s", async (_which, ofFallbacks, ofPrimaries) => {
    await redeploy(ofFallbacks);
    const manager = await startManager();
    const key = await manager.createKey();
    const fallbacks = {
      ENCRYPTION_KEY_FALLBACK: ofFallbacks.ENCRYPTION_KEY,
      HMAC_SECRET_FALLBACK: ofFallbacks.HMAC_SECRET,
    };
    const settings =
      ofPrimaries === inWorker
        ? { ...inWorker, ...new StoreDouble(fallbacks).bound("ENCRYPTION_KEY_FALLBACK", "HMAC_SECRET_FALLBACK") }
        : { ...fallbacks, ...new StoreDouble(ofPrimaries).bound(...primaries) };
    await redeploy(settings);
    await expectWorks(anotherIsolate(manager), key);
  });

  it("may be bound under the plain name", async () => {
    const store = new StoreDouble(stored);
    await redeploy({ ENCRYPTION_KEY: store.secret("ENCRYPTION_KEY"), HMAC_SECRET: store.secret("HMAC_SECRET") });
    const manager = await startManager();
    const key = await manager.createKey();
    await redeploy(stored);
    await expectWorks(anotherIsolate(manager), key);
  });

  it("that is not found gives way to the Worker secret", async () => {
    const manager = await startManager();
    const key = await manager.createKey();
    await redeploy(new StoreDouble().bound(...all));
    await expectWorks(anotherIsolate(manager), key);
  });

  it("that is not found, without a Worker secret, is missing", async () => {
    const store = new StoreDouble({ ENCRYPTION_KEY: stored.ENCRYPTION_KEY });
    for (const settings of [
      { ...store.bound(...primaries), HMAC_SECRET: "" },
      { ENCRYPTION_KEY: store.secret("ENCRYPTION_KEY"), HMAC_SECRET: store.secret("HMAC_SECRET") },
    ]) {
      await redeploy(settings);
      const readiness = await new Manager().request("/readyz");
      expect(readiness.body.problems).toEqual([
        { name: "HMAC_SECRET", detail: expect.stringContaining("HMAC_SECRET is missing") },
      ]);
    }
  });

  it("that is empty is not found anywhere else", async () => {
    await redeploy(
      new StoreDouble({ ENCRYPTION_KEY: " ", ...{ HMAC_SECRET: stored.HMAC_SECRET } }).bound(...primaries),
    );
    expect(namesOf(await new Manager().request("/readyz"))).toEqual(["ENCRYPTION_KEY"]);
  });

  it.each([
    ["a text", "SECRETS_STORE_HMAC_SECRET", stored.HMAC_SECRET],
    ["an object of [vars]", "HMAC_SECRET", { primary: stored.HMAC_SECRET }],
  ])("that is in truth %s is refused by name", async (_what, name, value) => {
    const settings: object = { [name]: value };
    await redeploy(settings);
    const readiness = await new Manager().request("/readyz");
    expect(readiness.body.problems).toEqual([{ name, detail: expect.stringContaining("is bound to something else") }]);
    expect(readiness.text).not.toContain(stored.HMAC_SECRET);
  });

  it("is read once, however often it is needed", async () => {
    const store = new StoreDouble(stored);
    const ofObjects = new StoreDouble(stored);
    await redeploy({ ...ofObjects.bound(...primaries), SHARDS: "1" });
    const manager = new Manager({ ...store.bound(...primaries), SHARDS: "1" });
    await manager.setUp();
    expect([store.reads, ofObjects.reads]).toEqual([2, 2]);
    // At the same moment, at a shard that has not read them yet.
    ofObjects.pauseMs = 100;
    const keys = await Promise.all(Array.from({ length: 20 }, () => manager.createKey()));
    for (const { key } of keys) expect(await manager.validate(key)).toMatchObject({ valid: true });
    expect([store.reads, ofObjects.reads]).toEqual([2, 4]);
  });
});

describe("a store that fails", () => {
  it.each(all)("at %s closes the Worker, names it, and opens it again by itself", async (name) => {
    const store = new StoreDouble({ ...stored, ENCRYPTION_KEY_FALLBACK: inWorker.ENCRYPTION_KEY });
    const manager = await startOn(store, ...all);
    const key = await manager.createKey();
    const objects = ["admin", objectOf(key.id)];
    const before = await Promise.all(objects.map(everythingStoredIn));

    store.state = "down";
    store.failing = [name];
    const closed = anotherIsolate(manager);
    const readiness = await closed.request("/readyz");
    expect(readiness.body.problems).toEqual([
      { name: `SECRETS_STORE_${name}`, detail: expect.stringContaining("the Secrets Store fails") },
    ]);
    const answers = [
      readiness,
      await closed.request("/v1/keys", { json: { name: "A key", owner: "acct_1" } }),
      await closed.request("/v1/validate", { json: { key: key.key } }),
      await closed.revoke(key.id),
      await closed.request("/v1/me", { key: null }),
    ];
    for (const answer of answers) {
      expectProblem(answer, 503, "not_configured");
      expect(answer.headers.get("Retry-After")).toBe("5");
      for (const secret of [storeCanary, ...Object.values(stored)]) expect(answer.text).not.toContain(secret);
    }
    expect((await closed.request("/healthz")).status).toBe(200);
    expect(await Promise.all(objects.map(everythingStoredIn))).toEqual(before);

    store.state = "up";
    await expectWorks(closed, key);
  });

  it("does not trouble isolates and objects that have their secrets", async () => {
    const store = new StoreDouble(stored);
    const manager = await startOn(store, ...primaries);
    const keys = await Promise.all(Array.from({ length: 12 }, () => manager.createKey()));
    store.state = "down";
    for (const { key } of keys) expect(await manager.validate(key)).toMatchObject({ valid: true });
    expect((await manager.request("/readyz")).status).toBe(200);
  });

  it("closes each object that starts, names every setting, and loses nothing", async () => {
    const store = new StoreDouble(stored);
    await redeploy(store.bound(...primaries));
    const manager = new Manager(stored);
    await manager.setUp();
    const key = await manager.createKey();
    const objects = ["admin", objectOf(key.id)];
    const before = await Promise.all(objects.map(everythingStoredIn));
    await evictAll();

    store.state = "down";
    const readiness = await anotherIsolate(manager, stored).request("/readyz");
    expect(namesOf(readiness)).toEqual(["SECRETS_STORE_ENCRYPTION_KEY", "SECRETS_STORE_HMAC_SECRET"]);
    for (const { detail } of readiness.body.problems) expect(detail).toContain("the Secrets Store fails");
    expectProblem(await manager.revoke(key.id), 503, "not_configured");
    expectProblem(await manager.request("/v1/validate", { json: { key: key.key } }), 503, "not_configured");
    expect(await Promise.all(objects.map(everythingStoredIn))).toEqual(before);

    store.state = "up";
    await expectWorks(manager, key);
  });

  it("closes one object alone where only that one starts", async () => {
    const store = new StoreDouble(stored);
    await redeploy(store.bound(...primaries));
    const manager = new Manager(stored);
    await manager.setUp();
    const keys = await Promise.all(Array.from({ length: 16 }, () => manager.createKey()));
    const [first] = keys;
    const closed = objectOf(first?.id ?? "");
    await evict(closed);

    store.state = "down";
    for (const { id, key } of keys) {
      const answer = await manager.request("/v1/validate", { json: { key } });
      if (objectOf(id) !== closed) expect(answer.body).toMatchObject({ valid: true });
      else
        expect(answer.body).toMatchObject({
          code: "not_configured",
          settings: [expect.any(String), expect.any(String)],
        });
    }
    expect((await manager.request("/readyz")).status).toBe(200);
    store.state = "up";
    await expectWorks(manager, ...keys);
  });

  it("makes a new object write nothing, not even its tables", async () => {
    const store = new StoreDouble(stored);
    store.state = "down";
    await redeploy(store.bound(...primaries));
    const manager = new Manager(stored);
    expectProblem(
      await manager.request("/v1/setup", { key: "the-setup-token-of-the-tests", json: {} }),
      503,
      "not_configured",
    );
    expect(await tablesOf("admin")).toEqual([]);
    store.state = "up";
    await manager.setUp();
    await expectWorks(manager);
  });

  it("puts off what an object does by itself, and no more", async () => {
    const store = new StoreDouble(stored);
    const manager = await startOn(store, ...primaries);
    const { id } = await manager.createKey();
    await evict(objectOf(id));
    store.state = "down";
    await runAlarms();
    const alarm = await inObject(objectOf(id), (_sql, storage) => storage.getAlarm());
    expect(alarm).toBeGreaterThan(Date.now());
    expect(alarm).toBeLessThanOrEqual(Date.now() + 3_600_000);
  });

  it("lets no key pass to a sibling Worker, and none be made", async () => {
    const store = new StoreDouble(stored);
    const manager = await startOn(store, ...primaries);
    const { key } = await manager.createKey();
    store.state = "down";
    const isolate = new Manager();
    expect(await isolate.validator().validate({ key })).toEqual({
      valid: false,
      code: "unavailable",
      httpStatus: 503,
      retryAfter: 5,
    });
    expect(await isolate.issuer({ roles: ["issuer"] }).list({})).toMatchObject({
      ok: false,
      code: "not_configured",
      settings: ["SECRETS_STORE_ENCRYPTION_KEY", "SECRETS_STORE_HMAC_SECRET"],
      retryAfter: 5,
    });
    store.state = "up";
    expect(await isolate.validator().validate({ key })).toMatchObject({ valid: true });
  });
});

describe("a store that hangs", () => {
  it("is an outage within seconds, for the Worker and for an object, and for nobody who comes when it is back", async () => {
    const store = new StoreDouble(stored);
    const manager = await startOn(store, ...primaries);
    const key = await manager.createKey();
    store.state = "hanging";
    const early = anotherIsolate(manager);
    const startedAt = Date.now();
    let isOver = false;
    const answers = [
      early.request("/readyz").then((answer) => {
        isOver = true;
        return answer;
      }),
    ];
    // The reading of the first request has begun when the store is back.
    await new Promise((resolve) => setTimeout(resolve, 50));
    store.state = "up";
    expect((await early.request("/v1/me")).status).toBe(200);
    expect(isOver).toBe(false);

    store.state = "hanging";
    await evictAll();
    const isolates = [anotherIsolate(manager), anotherIsolate(manager, stored)];
    answers.push(...isolates.map((isolate) => isolate.request("/readyz")));
    for (const { status, body } of await Promise.all(answers)) {
      expect(status).toBe(503);
      expect(body.problems).toHaveLength(2);
      for (const { detail } of body.problems) expect(detail).toContain("gives no answer within 3 seconds");
    }
    expect(Date.now() - startedAt).toBeLessThan(6000);
    store.state = "up";
    for (const isolate of isolates) await expectWorks(isolate, key);
  });
});
