import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { DevWithSecretsStore } from "./support/dev-with-secrets-store.ts";
import { ManagerClient } from "./support/manager-client.ts";

const random = () => randomBytes(32).toString("base64");

test("the manager takes its secrets from a Secrets Store, and those that are not found there from the Worker", async () => {
  const [stored, secondStored, workers, unused, setupToken] = [random(), random(), random(), random(), random()];
  const dev = new DevWithSecretsStore({
    SECRETS_STORE_ENCRYPTION_KEY: "latchkey_encryption_key",
    SECRETS_STORE_HMAC_SECRET: "latchkey_hmac_secret",
    ENCRYPTION_KEY_FALLBACK: "latchkey_encryption_key_fallback",
  });
  await dev.createStored("latchkey_encryption_key", stored);
  dev.setWorkerSecrets({ ENCRYPTION_KEY: unused, HMAC_SECRET: workers, SETUP_TOKEN: setupToken });

  const url = await dev.start();
  const { status, body } = await new ManagerClient(url, setupToken).ask("POST", "/v1/setup");
  expect(status).toBe(201);
  const adminKey = String(body.key);
  const owner = new ManagerClient(url, adminKey);
  const key = await owner.createKey("under a stored and a Worker secret");
  expect(await owner.knows(key)).toBe(true);

  // What runs keeps what it has; what starts finds the whole ring in the store, and needs the Worker secrets no more.
  await dev.createStored("latchkey_hmac_secret", JSON.stringify({ primary: secondStored, fallbacks: [workers] }));
  expect(await owner.knows(key)).toBe(true);
  await dev.stop();
  dev.setWorkerSecrets({ SETUP_TOKEN: setupToken });

  const again = new ManagerClient(await dev.start(), adminKey);
  expect(await again.ask("GET", "/readyz")).toMatchObject({ status: 200 });
  expect(await again.knows(key)).toBe(true);
  expect(await again.knows(await again.createKey("under stored secrets alone"))).toBe(true);
  await dev.stop();

  for (const secret of [stored, secondStored, workers, unused, setupToken]) expect(dev.output).not.toContain(secret);
});
