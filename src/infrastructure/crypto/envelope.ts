import { frame } from "./frame.ts";
import type { EncryptionKey, Ring } from "./keyring.ts";
import { aesGcmOpen, aesGcmSeal, fromHex, randomBytes, toHex } from "./primitives.ts";
import { SecretMissing } from "./secret-missing.ts";

const format = 1;
const aes256Gcm = 1;
const headerBytes = 10;
const ivBytes = 12;

/** Where an envelope stands. It opens nowhere else: place and purpose are authenticated with it. */
export interface Place {
  readonly purpose: "key-string" | "key-digest" | "chain-key" | "tag-key" | "answer";
  readonly object: string;
  readonly table: string;
  readonly rowId: string;
  readonly column: string;
}

const additionalData = (fingerprint: Uint8Array, { purpose, object, table, rowId, column }: Place): Uint8Array =>
  frame(["latchkey/v1/envelope", format, aes256Gcm, fingerprint, purpose, object, table, rowId, column]);

export const seal = (
  { fingerprint, envelopeKey }: EncryptionKey,
  place: Place,
  plaintext: Uint8Array,
  iv: Uint8Array = randomBytes(ivBytes),
): Uint8Array => {
  const fingerprintBytes = fromHex(fingerprint);
  const sealed = aesGcmSeal(envelopeKey, iv, additionalData(fingerprintBytes, place), plaintext);
  const envelope = new Uint8Array(headerBytes + ivBytes + sealed.length);
  envelope.set([format, aes256Gcm]);
  envelope.set(fingerprintBytes, 2);
  envelope.set(iv, headerBytes);
  envelope.set(sealed, headerBytes + ivBytes);
  return envelope;
};

/**
 * Undefined when it does not open here. The key is chosen by the fingerprint in the header, never by trial; one that is
 * not in the ring throws.
 */
export const open = (ring: Ring<EncryptionKey>, place: Place, envelope: Uint8Array): Uint8Array | undefined => {
  if (envelope.length < headerBytes + ivBytes || envelope[0] !== format || envelope[1] !== aes256Gcm) return undefined;
  const fingerprint = envelope.subarray(2, headerBytes);
  const key = ring.byFingerprint.get(toHex(fingerprint));
  if (!key) throw new SecretMissing(toHex(fingerprint), "ENCRYPTION_KEY");
  const iv = envelope.subarray(headerBytes, headerBytes + ivBytes);
  return aesGcmOpen(key.envelopeKey, iv, additionalData(fingerprint, place), envelope.subarray(headerBytes + ivBytes));
};
