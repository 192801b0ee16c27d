import { seal } from "../crypto/envelope.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { digestOf, isVerifierOf, verifierOf } from "../crypto/verifier.ts";
import { fromBlob, type Row, type SignedTable, toBlob } from "./signed-table.ts";

const encoder = new TextEncoder();

/** The columns that hold what is left of a key string once it is handed out. */
export const secretColumns = (
  { encryption, hmac }: Keyring,
  place: { readonly object: string; readonly table: string; readonly rowId: string },
  keyString: string,
  recoverable: boolean,
): Row => {
  const digest = digestOf(keyString);
  const envelope = recoverable
    ? seal(encryption.primary, { ...place, column: "envelope", purpose: "key-string" }, encoder.encode(keyString))
    : seal(encryption.primary, { ...place, column: "envelope", purpose: "key-digest" }, digest);
  return {
    envelope: toBlob(envelope),
    encryption_fingerprint: encryption.primary.fingerprint,
    verifier: toBlob(verifierOf(hmac.primary.verifierKey, digest)),
  };
};

const nobodysKey = new Uint8Array(32);

/** Whether the digest is this row's. Where there is no row, or none of our secrets made it, the work is the same and the answer no. */
export const isSecretOf = (table: SignedTable, row: Row | undefined, digest: Uint8Array): boolean => {
  const secret = row && table.secretOf(row);
  const isRight = isVerifierOf(secret?.verifierKey ?? nobodysKey, digest, row ? fromBlob(row.verifier) : nobodysKey);
  return isRight && secret !== undefined;
};
