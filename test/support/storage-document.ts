import type { Place } from "../../src/infrastructure/crypto/envelope.ts";
import type { Field } from "../../src/infrastructure/crypto/frame.ts";
import { fromHex } from "../../src/infrastructure/crypto/primitives.ts";

/** Bytes among the fields of a frame and the values of a row are written as their hex. */
export type JsonField = null | number | string | { readonly hex: string };
export type JsonRow = readonly (readonly [string, JsonField])[];

export interface PlaceVector {
  readonly purpose: string;
  readonly object: string;
  readonly table: string;
  readonly row_id: string;
  readonly column: string;
}

export type EnvelopeVector = PlaceVector &
  Readonly<Record<"encryption_fingerprint" | "iv" | "plaintext" | "aad" | "envelope", string>>;

type KeyVector = {
  readonly time: number;
  readonly shard: number | "admin";
} & Readonly<Record<"prefix" | "random" | "secret" | "tag_fingerprint" | "verifier_fingerprint" | "object", string>> &
  Readonly<Record<"time_digits" | "shard_digits" | "id" | "epoch" | "tag" | "crc", string>> &
  Readonly<Record<"key_string" | "hint" | "digest" | "verifier", string>>;

type Head = Readonly<Record<"head_frame" | "head_mac", string>>;
type Checkpoint = Readonly<Record<"checkpoint_frame" | "checkpoint_mac", string>>;

export interface ChainVector {
  readonly object: string;
  readonly chain_key: string;
  readonly empty: Head;
  readonly events: readonly (Head &
    Checkpoint & { readonly row: JsonRow; readonly frame: string; readonly hash: string })[];
}

export interface RowVector {
  readonly object: string;
  readonly table: string;
  readonly row: JsonRow;
  readonly frame: string;
  readonly signature: string;
}

/** What `scripts/vectors.mjs` makes and checks: every stored byte with the inputs it is made from. */
export interface StorageDocument {
  readonly checksums: readonly { readonly text: string; readonly crc: string }[];
  readonly encryption_keys: readonly Readonly<Record<"secret" | "fingerprint" | "envelope_key", string>>[];
  readonly hmac_secrets: readonly (Readonly<Record<"secret" | "fingerprint" | "epoch", string>> &
    Readonly<Record<"tag_key" | "verifier_key" | "row_key" | "cursor_key", string>>)[];
  readonly frames: readonly { readonly fields: readonly JsonField[]; readonly frame: string }[];
  readonly keys: readonly KeyVector[];
  readonly envelopes: readonly EnvelopeVector[];
  readonly chains: readonly ChainVector[];
  readonly rows: readonly RowVector[];
  readonly cursors: readonly Readonly<
    Record<"hmac_fingerprint" | "id" | "route" | "filters" | "constraints" | "frame" | "cursor", string>
  >[];
}

export const fieldOf = (field: JsonField): Field =>
  typeof field === "object" && field !== null ? fromHex(field.hex) : field;

export const fieldsOf = (row: JsonRow): [string, Field][] => row.map(([column, value]) => [column, fieldOf(value)]);

export const columnOf = (row: JsonRow, name: string): JsonField | undefined =>
  row.find(([column]) => column === name)?.[1];

export const bytesOf = (row: JsonRow, column: string): { readonly hex: string } => {
  const value = columnOf(row, column);
  if (typeof value !== "object" || value === null) throw new Error(`${column} holds no bytes`);
  return value;
};

/** A vector may name a purpose that the product has no use for yet. */
export const placeOf = ({ purpose, object, table, row_id, column }: PlaceVector): Place => ({
  purpose: purpose as Place["purpose"],
  object,
  table,
  rowId: row_id,
  column,
});
