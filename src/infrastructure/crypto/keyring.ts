import { base62Digits } from "../../core/api-key/base62.ts";
import type { Primaries } from "../../core/register.ts";
import type { HeldSecrets } from "../../core/system-report.ts";
import { hkdfSha256, toHex } from "./primitives.ts";

/** One ENCRYPTION_KEY: the root itself is forgotten once its sub-keys are derived. */
export interface EncryptionKey {
  readonly fingerprint: string;
  readonly envelopeKey: Uint8Array;
}

/** One HMAC_SECRET. */
export interface HmacSecret {
  readonly fingerprint: string;
  readonly epoch: string;
  readonly tagKey: Uint8Array;
  readonly verifierKey: Uint8Array;
  readonly rowKey: Uint8Array;
  readonly cursorKey: Uint8Array;
}

/** Writes go under the primary; whatever an entry of the ring protected can still be read. */
export interface Ring<Entry> {
  readonly primary: Entry;
  readonly byFingerprint: ReadonlyMap<string, Entry>;
}

export interface Keyring {
  readonly encryption: Ring<EncryptionKey>;
  readonly hmac: Ring<HmacSecret>;
}

const encoder = new TextEncoder();
const noSalt = new Uint8Array();
const derive = (root: Uint8Array, label: string, length = 32): Uint8Array =>
  hkdfSha256(root, noSalt, encoder.encode(`latchkey/v1/${label}`), length);

/** The first 4 bytes of the fingerprint, modulo 62, as a digit. */
export const epochOfFingerprint = (fingerprint: string): string =>
  base62Digits.charAt(Number.parseInt(fingerprint.slice(0, 8), 16) % 62);

export const encryptionKeyOf = (root: Uint8Array): EncryptionKey => ({
  fingerprint: toHex(derive(root, "encryption/fingerprint", 8)),
  envelopeKey: derive(root, "encryption/envelope"),
});

export const hmacSecretOf = (root: Uint8Array): HmacSecret => {
  const fingerprint = toHex(derive(root, "hmac/fingerprint", 8));
  return {
    fingerprint,
    epoch: epochOfFingerprint(fingerprint),
    tagKey: derive(root, "hmac/tag"),
    verifierKey: derive(root, "hmac/verifier"),
    rowKey: derive(root, "hmac/row"),
    cursorKey: derive(root, "hmac/cursor"),
  };
};

export const ringOf = <Entry extends { readonly fingerprint: string }>(
  primary: Entry,
  fallbacks: readonly Entry[],
): Ring<Entry> => ({
  primary,
  byFingerprint: new Map([primary, ...fallbacks].map((entry) => [entry.fingerprint, entry])),
});

const fingerprintsOf = <Entry extends { readonly fingerprint: string }>({ primary, byFingerprint }: Ring<Entry>) => ({
  primary: primary.fingerprint,
  fallbacks: [...byFingerprint.keys()].filter((fingerprint) => fingerprint !== primary.fingerprint),
});

export const heldSecretsOf = ({ encryption, hmac }: Keyring): HeldSecrets => ({
  encryption: fingerprintsOf(encryption),
  hmac: fingerprintsOf(hmac),
});

export const primariesOf = ({ encryption, hmac }: Keyring): Primaries => ({
  encryption: encryption.primary.fingerprint,
  hmac: hmac.primary.fingerprint,
});
