import { env } from "cloudflare:workers";
import type { FingerprintReport, ReencryptionReport } from "../../src/core/system-report.ts";
import type { Bindings } from "../../src/infrastructure/bindings.ts";
import { encryptionKeyOf, hmacSecretOf } from "../../src/infrastructure/crypto/keyring.ts";
import { systemCaller } from "../../src/infrastructure/object-names.ts";
import { type Manager, runAlarms } from "./manager.ts";
import { type Settings, testWorld } from "./test-world.ts";

/** The secrets of the test configuration, and others to take their place. */
export const oldSecrets = {
  ENCRYPTION_KEY: "aIXqvF3nTzYvC0V0bJwZbq2mS5tK8rP1xN4hW7uD9eA=",
  HMAC_SECRET: "Qk7pLw2xRz8vTn5cYb3mHd6fJs9gKa1eUo4iXt0yZqM=",
};
export const newSecrets = {
  ENCRYPTION_KEY: "m3Kd8Vx1QzRfT6yUh0WcPj5sLbN9eGa2oXi7rYtE4kA=",
  HMAC_SECRET: "Zt4hB7nMq1wEr5yUi9oPa3sDf6gJk8lXc2vQz0TbNnI=",
};

export const newestSecrets = {
  ENCRYPTION_KEY: "pQ7sT2vW9yB4dF6hJ8kL0nM3rX5zC1aE/gI+uOxYtRo=",
  HMAC_SECRET: "Lr5cV8bN2mQ7wE1tY4uI6oP9aS3dF0gH+jK/lZxXcBo=",
};

type Secrets = typeof oldSecrets;

/** The first is the primary of each. */
export const deployed = (encryption: readonly Secrets[], hmac: readonly Secrets[]) => {
  const [encryptionKey = "", ...encryptionFallbacks] = encryption.map(({ ENCRYPTION_KEY }) => ENCRYPTION_KEY);
  const [hmacSecret = "", ...hmacFallbacks] = hmac.map(({ HMAC_SECRET }) => HMAC_SECRET);
  return {
    ENCRYPTION_KEY: encryptionKey,
    ENCRYPTION_KEY_FALLBACK: encryptionFallbacks.join(","),
    HMAC_SECRET: hmacSecret,
    HMAC_SECRET_FALLBACK: hmacFallbacks.join(","),
  };
};

export const both = (...secrets: readonly Secrets[]) => deployed(secrets, secrets);

export const staged = both(oldSecrets, newSecrets);
export const rotated = both(newSecrets, oldSecrets);

export const twoShards = ["shard-00", "shard-01"] as const;

/** With two shards beside the admin object, so that objects of either version can be among them. */
export const inTwoShards = (secrets: Settings): Settings => ({ ...secrets, SHARDS: "2" });

export type Progress = ReencryptionReport;

export const progressOf = async (manager: Manager): Promise<Progress> =>
  (await manager.request<Progress>("/v1/system/reencrypt")).body;

/** Lets the alarms ring until nothing runs any more. */
export const finishReencryption = async (manager: Manager): Promise<Progress> => {
  testWorld.hasAlarms = true;
  for (let round = 0; round < 100; round += 1) {
    const progress = await progressOf(manager);
    if (progress.state !== "running") return progress;
    await runAlarms();
  }
  throw new Error("the re-encryption does not come to its end");
};

const bytesOf = (secret: string): Uint8Array => Uint8Array.from(atob(secret), (character) => character.charCodeAt(0));

/** What the manager calls these two. */
export const fingerprintsOf = ({ ENCRYPTION_KEY, HMAC_SECRET }: Secrets) => ({
  encryption: encryptionKeyOf(bytesOf(ENCRYPTION_KEY)).fingerprint,
  hmac: hmacSecretOf(bytesOf(HMAC_SECRET)).fingerprint,
});

export const start = (manager: Manager) => manager.request<Progress>("/v1/system/reencrypt", { json: {} });
export const pause = (manager: Manager) =>
  manager.request<Progress>("/v1/system/reencrypt", { json: { action: "pause" } });

/** Starts a run and sees it to its end. */
export const reencrypt = async (manager: Manager): Promise<Progress> => {
  await start(manager);
  return finishReencryption(manager);
};

type Fingerprint = Omit<FingerprintReport, "adoptedAt"> & { readonly adoptedAt: string | null };

export const toldFingerprints = async (manager: Manager): Promise<Fingerprint[]> =>
  (await manager.request<{ readonly fingerprints: Fingerprint[] }>("/v1/system")).body.fingerprints;

export const fingerprintOf = async (manager: Manager, fingerprint: string): Promise<Fingerprint> => {
  const found = (await toldFingerprints(manager)).find((entry) => entry.fingerprint === fingerprint);
  if (!found) throw new Error(`no word of ${fingerprint}`);
  return found;
};

/** Of the old pair: what may be taken away. */
export const removableOf = async (manager: Manager, secrets: Secrets): Promise<readonly boolean[]> => {
  const { encryption, hmac } = fingerprintsOf(secrets);
  return [(await fingerprintOf(manager, encryption)).removable, (await fingerprintOf(manager, hmac)).removable];
};

export const removableIn = async (manager: Manager): Promise<string[]> =>
  (await toldFingerprints(manager)).filter(({ removable }) => removable).map(({ fingerprint }) => fingerprint);

/** One step of one object, as its alarm would take it. */
export const stepIn = async (object: string): Promise<"idle" | "waiting" | "running"> => {
  const { KEY_MANAGER } = env as unknown as Bindings;
  const answer = await KEY_MANAGER.getByName(object).execute({ type: "reencrypt-records" }, systemCaller);
  if (!answer.ok) throw new Error(`the step answered ${answer.failure.code}`);
  return answer.value;
};

/** The objects that may hold records of this manager: `admin`, and every shard that new keys are spread over. */
export const objectsOf = async (manager: Manager): Promise<string[]> => {
  const { body } = await manager.request<{ readonly shards: readonly { readonly object: string }[] }>("/v1/system");
  return ["admin", ...body.shards.map(({ object }) => object)];
};
