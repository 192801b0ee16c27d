import type { Register, RetiredTagKey } from "../../core/register.ts";
import type { SettingProblem } from "../../core/setting-problem.ts";
import { open } from "../crypto/envelope.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { SecretMissing } from "../crypto/secret-missing.ts";
import { tagKeyPlace } from "../sqlite/sealed-tag-key.ts";

/** Those of the register that no held secret stands for. */
export const retiredTagKeys = ({ hmac }: Keyring, { tagKeys }: Register): RetiredTagKey[] =>
  tagKeys.filter(({ fingerprint }) => !hmac.byFingerprint.has(fingerprint));

/** The encryption key that it is sealed under may be one that is not held. */
export const openTagKey = (
  { encryption }: Keyring,
  { fingerprint, sealed }: RetiredTagKey,
): Uint8Array | SecretMissing => {
  try {
    const tagKey = open(encryption, tagKeyPlace(fingerprint), sealed);
    if (!tagKey) throw new Error(`the tag key ${fingerprint} in the register does not open`);
    return tagKey;
  } catch (error) {
    if (!(error instanceof SecretMissing)) throw error;
    return error;
  }
};

/** One for each secret that retired tag keys are sealed under and that is not held. */
export const missingSealers = (keyring: Keyring, register: Register): SettingProblem[] => {
  const opened = retiredTagKeys(keyring, register).map((retired) => openTagKey(keyring, retired));
  const details = opened.flatMap((tagKey) => (tagKey instanceof SecretMissing ? [tagKey.message] : []));
  return [...new Set(details)].map((detail) => ({ name: "secrets", detail }));
};
