import { randomBytes } from "node:crypto";
import { encryptionKeyOf, hmacSecretOf } from "../../../src/infrastructure/crypto/keyring.ts";
import type { ProjectCopy } from "./project-copy.ts";

export interface SecretPair {
  readonly ENCRYPTION_KEY: string;
  readonly HMAC_SECRET: string;
}

export const freshPair = (): SecretPair => ({
  ENCRYPTION_KEY: randomBytes(32).toString("base64"),
  HMAC_SECRET: randomBytes(32).toString("base64"),
});

/** As the manager names them. */
export const fingerprintsOf = ({ ENCRYPTION_KEY, HMAC_SECRET }: SecretPair) => ({
  encryption: encryptionKeyOf(Buffer.from(ENCRYPTION_KEY, "base64")).fingerprint,
  hmac: hmacSecretOf(Buffer.from(HMAC_SECRET, "base64")).fingerprint,
});

const setupToken = randomBytes(32).toString("hex");

export const giveSecrets = (project: ProjectCopy, primary: SecretPair, fallback?: SecretPair): void => {
  const fallbacks = fallback && {
    ENCRYPTION_KEY_FALLBACK: fallback.ENCRYPTION_KEY,
    HMAC_SECRET_FALLBACK: fallback.HMAC_SECRET,
  };
  project.writeSettings({ ...primary, ...fallbacks, SETUP_TOKEN: setupToken });
};
