import { open, seal } from "../crypto/envelope.ts";
import type { HmacSecret, Keyring } from "../crypto/keyring.ts";
import { digestOf, isVerifierOf, verifierOf } from "../crypto/verifier.ts";
import { fromBlob, type Row, type SignedTable, toBlob } from "./signed-table.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface SecretPlace {
  readonly object: string;
  readonly table: string;
  readonly rowId: string;
}

const envelopePlace = (place: SecretPlace, recoverable: boolean) =>
  ({ ...place, column: "envelope", purpose: recoverable ? "key-string" : "key-digest" }) as const;

/** The columns that hold what is left of a key string once it is handed out. */
export const secretColumns = (keyring: Keyring, place: SecretPlace, keyString: string, recoverable: boolean): Row => {
  const digest = digestOf(keyString);
  return protectedColumns(keyring, place, recoverable ? encoder.encode(keyString) : digest, digest, recoverable);
};

/**
 * The same columns under the primaries, of a record whose signature holds; undefined where its envelope does not open or
 * holds another key than the verifier is of.
 */
export const renewedSecretColumns = (
  keyring: Keyring,
  place: SecretPlace,
  row: Row,
  secret: HmacSecret,
  recoverable: boolean,
): Row | undefined => {
  const sealed = open(keyring.encryption, envelopePlace(place, recoverable), fromBlob(row.envelope));
  if (!sealed) return undefined;
  const digest = recoverable ? digestOf(decoder.decode(sealed)) : sealed;
  if (!isVerifierOf(secret.verifierKey, digest, fromBlob(row.verifier))) return undefined;
  return protectedColumns(keyring, place, sealed, digest, recoverable);
};

const protectedColumns = (
  { encryption, hmac }: Keyring,
  place: SecretPlace,
  plaintext: Uint8Array,
  digest: Uint8Array,
  recoverable: boolean,
): Row => ({
  envelope: toBlob(seal(encryption.primary, envelopePlace(place, recoverable), plaintext)),
  encryption_fingerprint: encryption.primary.fingerprint,
  verifier: toBlob(verifierOf(hmac.primary.verifierKey, digest)),
});

const nobodysKey = new Uint8Array(32);

/** Whether the digest is this row's. Where there is no row, or none of our secrets made it, the work is the same and the answer no. */
export const isSecretOf = (table: SignedTable, row: Row | undefined, digest: Uint8Array): boolean => {
  const secret = row && table.secretOf(row);
  const isRight = isVerifierOf(secret?.verifierKey ?? nobodysKey, digest, row ? fromBlob(row.verifier) : nobodysKey);
  return isRight && secret !== undefined;
};
