import { open, seal } from "../crypto/envelope.ts";
import type { EncryptionKey, HmacSecret, Ring } from "../crypto/keyring.ts";
import { adminObjectName } from "../object-names.ts";
import { fromBlob, type Row, toBlob } from "./signed-table.ts";

/** Where the tag key of an HMAC_SECRET is kept: in the admin object's row about that secret. */
export const tagKeyPlace = (fingerprint: string) =>
  ({
    purpose: "tag-key",
    object: adminObjectName,
    table: "adopted_secrets",
    rowId: fingerprint,
    column: "tag_key",
  }) as const;

/** The columns that keep it, under the primary. */
export const sealTagKey = ({ primary }: Ring<EncryptionKey>, { fingerprint, epoch, tagKey }: HmacSecret): Row => ({
  epoch,
  tag_key: toBlob(seal(primary, tagKeyPlace(fingerprint), tagKey)),
  encryption_fingerprint: primary.fingerprint,
});

/** The columns that change when the primary does; of a genuine row, whose sealer is in the ring. */
export const resealTagKey = (ring: Ring<EncryptionKey>, row: Row): Row => {
  const place = tagKeyPlace(String(row.fingerprint));
  const tagKey = open(ring, place, fromBlob(row.tag_key));
  if (!tagKey) throw new Error(`the tag key ${row.fingerprint} does not open although its record is genuine`);
  const { primary } = ring;
  return { tag_key: toBlob(seal(primary, place, tagKey)), encryption_fingerprint: primary.fingerprint };
};
