import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import { Deployment } from "../../src/infrastructure/deployment.ts";
import { StoreDouble, storeCanary } from "../support/store-double.ts";

const inWorker = {
  ENCRYPTION_KEY: "aIXqvF3nTzYvC0V0bJwZbq2mS5tK8rP1xN4hW7uD9eA=",
  HMAC_SECRET: "Qk7pLw2xRz8vTn5cYb3mHd6fJs9gKa1eUo4iXt0yZqM=",
};
const other = "m3Kd8Vx1QzRfT6yUh0WcPj5sLbN9eGa2oXi7rYtE4kA=";
const another = "Zt4hB7nMq1wEr5yUi9oPa3sDf6gJk8lXc2vQz0TbNnI=";

const deploymentWith = (settings: Partial<Bindings>): Deployment =>
  new Deployment({ ...(env as unknown as Bindings), ...inWorker, ...settings });

const ok = (name: string, servedBy: string, note: string | null = null) => ({ name, servedBy, note, health: "ok" });
const replaced = "served by the Worker secret: not found in the Secrets Store";

describe("the sources of the secrets", () => {
  it("are the Worker secrets where nothing else is bound, and only those that are given", async () => {
    expect(await deploymentWith({}).secretSources()).toEqual([
      ok("ENCRYPTION_KEY", "worker_secret"),
      ok("HMAC_SECRET", "worker_secret"),
    ]);
  });

  it("are told one by one, with what served in the place of the store", async () => {
    const store = new StoreDouble({ ENCRYPTION_KEY: other, HMAC_SECRET_FALLBACK: another });
    const settings = store.bound("ENCRYPTION_KEY", "ENCRYPTION_KEY_FALLBACK", "HMAC_SECRET", "HMAC_SECRET_FALLBACK");
    expect(await deploymentWith(settings).secretSources()).toEqual([
      ok("ENCRYPTION_KEY", "secrets_store"),
      ok("HMAC_SECRET", "worker_secret", replaced),
      ok("HMAC_SECRET_FALLBACK", "secrets_store"),
    ]);
  });

  it("are the store's too where it is bound under the plain name", async () => {
    const store = new StoreDouble({ ENCRYPTION_KEY: other });
    const sources = await deploymentWith({ ENCRYPTION_KEY: store.secret("ENCRYPTION_KEY") }).secretSources();
    expect(sources[0]).toEqual(ok("ENCRYPTION_KEY", "secrets_store"));
  });

  it("have changed where the store holds another value than the one in use, which stays in use", async () => {
    const store = new StoreDouble({ ENCRYPTION_KEY: other });
    const deployment = deploymentWith(store.bound("ENCRYPTION_KEY"));
    const before = await deployment.configured();
    store.texts.ENCRYPTION_KEY = another;
    const sources = await deployment.secretSources();
    expect(sources[0]).toEqual({ ...ok("ENCRYPTION_KEY", "secrets_store"), health: "changed" });
    expect(sources[1]).toMatchObject({ name: "HMAC_SECRET", health: "ok" });
    expect((await deployment.configured())?.keyring).toBe(before?.keyring);
    store.texts.ENCRYPTION_KEY = other;
    expect((await deployment.secretSources())[0]).toMatchObject({ health: "ok" });
  });

  it("have not changed where the same value came into the store", async () => {
    const store = new StoreDouble();
    const deployment = deploymentWith(store.bound("HMAC_SECRET"));
    expect((await deployment.secretSources())[1]).toEqual(ok("HMAC_SECRET", "worker_secret", replaced));
    store.texts.HMAC_SECRET = `${inWorker.HMAC_SECRET}\n`;
    expect((await deployment.secretSources())[1]).toEqual(ok("HMAC_SECRET", "secrets_store"));
  });

  it("have changed where a fallback came or went", async () => {
    const store = new StoreDouble({ HMAC_SECRET_FALLBACK: other });
    const deployment = deploymentWith(store.bound("ENCRYPTION_KEY_FALLBACK", "HMAC_SECRET_FALLBACK"));
    await deployment.configured();
    store.texts.ENCRYPTION_KEY_FALLBACK = another;
    delete store.texts.HMAC_SECRET_FALLBACK;
    const changed = (await deployment.secretSources()).filter(({ health }) => health === "changed");
    expect(changed.map(({ name, servedBy, note }) => [name, servedBy, note])).toEqual([
      ["ENCRYPTION_KEY_FALLBACK", "secrets_store", null],
      ["HMAC_SECRET_FALLBACK", "secrets_store", expect.stringContaining("is there any more")],
    ]);
  });

  it("are unavailable while the store fails, without a word of what it said", async () => {
    const store = new StoreDouble({ ENCRYPTION_KEY: other });
    const deployment = deploymentWith(store.bound("ENCRYPTION_KEY"));
    await deployment.configured();
    store.state = "down";
    const sources = await deployment.secretSources();
    expect(sources).toMatchObject([
      { name: "ENCRYPTION_KEY", servedBy: "secrets_store", health: "unavailable" },
      { name: "HMAC_SECRET", health: "ok" },
    ]);
    expect(JSON.stringify(sources)).not.toContain(storeCanary);
    expect(await deployment.configured()).toBeDefined();
  });

  it("hold no value and nothing that is made of one", async () => {
    const store = new StoreDouble({ ENCRYPTION_KEY: other });
    for (const source of await deploymentWith(store.bound("ENCRYPTION_KEY")).secretSources())
      expect(Object.keys(source).sort()).toEqual(["health", "name", "note", "servedBy"]);
  });
});
