import { env } from "cloudflare:workers";
import { mintKeyString } from "../../src/infrastructure/crypto/mint-key-string.ts";
import { keyringOfTexts } from "../../src/infrastructure/secrets/keyring-of-texts.ts";

/** A key string with a right tag, which only the manager can make. */
export const tagged = (prefix: string, bareId: string): string => {
  const secrets = keyringOfTexts(env as unknown as Parameters<typeof keyringOfTexts>[0]);
  if (!secrets.ok) throw new Error("the tests have no secrets");
  return mintKeyString(secrets.keyring.hmac.primary, prefix, bareId);
};
