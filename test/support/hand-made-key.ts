import { env } from "cloudflare:workers";
import { mintKeyString } from "../../src/infrastructure/crypto/mint-key-string.ts";
import { readWorkerSecrets } from "../../src/infrastructure/secrets/worker-secrets.ts";

/** A key string with a right tag, which only the manager can make. */
export const tagged = (prefix: string, bareId: string): string => {
  const secrets = readWorkerSecrets(env as unknown as Parameters<typeof readWorkerSecrets>[0]);
  if (!secrets.ok) throw new Error("the tests have no secrets");
  return mintKeyString(secrets.keyring.hmac.primary, prefix, bareId);
};
