import type { Refusal } from "../../core/result.ts";
import type { SettingProblem } from "../../core/setting-problem.ts";
import type { Unready } from "../../core/use-cases.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { problemsRefusal } from "./problems-refusal.ts";

export type SecretName = "ENCRYPTION_KEY" | "HMAC_SECRET";

/** Fingerprints of the primaries a store was written with; null where it never was. */
interface Recorded {
  readonly encryption: string | null;
  readonly hmac: string | null;
}

/** The secrets that are neither, as primary or fallback, the ones the store was written with. */
export const foreignSecretNames = ({ encryption, hmac }: Keyring, recorded: Recorded): SecretName[] => {
  const isHeld = (ring: ReadonlyMap<string, unknown>, fingerprint: string | null) =>
    fingerprint === null || ring.has(fingerprint);
  return [
    ...(isHeld(encryption.byFingerprint, recorded.encryption) ? [] : ["ENCRYPTION_KEY" as const]),
    ...(isHeld(hmac.byFingerprint, recorded.hmac) ? [] : ["HMAC_SECRET" as const]),
  ];
};

export const foreignSecret = (name: string): SettingProblem => ({
  name,
  detail: `${name} is not the one this store was written with: put the old one back, as ${name} or in ${name}_FALLBACK`,
});

export const foreignSecrets = (names: readonly string[]): Refusal<Unready> => problemsRefusal(names.map(foreignSecret));
