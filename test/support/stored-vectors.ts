import { open } from "../../src/infrastructure/crypto/envelope.ts";
import { frame } from "../../src/infrastructure/crypto/frame.ts";
import type { Keyring } from "../../src/infrastructure/crypto/keyring.ts";
import { fromHex, toHex } from "../../src/infrastructure/crypto/primitives.ts";
import { checkpointMac } from "../../src/infrastructure/sqlite/chain-ends.ts";
import { headMac } from "../../src/infrastructure/sqlite/object-state.ts";
import type { NodeObject } from "./node-object.ts";
import {
  bytesOf,
  type ChainVector,
  columnOf,
  type EnvelopeVector,
  fieldsOf,
  type JsonRow,
  type PlaceVector,
  placeOf,
  type RowVector,
} from "./storage-document.ts";

const aadOf = ({ purpose, object, table, row_id, column }: PlaceVector, fingerprint: string): string =>
  toHex(frame(["latchkey/v1/envelope", 1, 1, fromHex(fingerprint), purpose, object, table, row_id, column]));

/** An envelope as it was found, with what it opens to. */
export const foundEnvelope = (
  { encryption }: Pick<Keyring, "encryption">,
  place: PlaceVector,
  { hex }: { readonly hex: string },
): EnvelopeVector => {
  const plaintext = open(encryption, placeOf(place), fromHex(hex));
  if (!plaintext) throw new Error(`the envelope in ${place.table} does not open`);
  const encryption_fingerprint = hex.slice(4, 20);
  const aad = aadOf(place, encryption_fingerprint);
  return { ...place, encryption_fingerprint, iv: hex.slice(20, 44), plaintext: toHex(plaintext), aad, envelope: hex };
};

export const storedEnvelope = (keyring: Keyring, object: string, table: string, row: JsonRow): EnvelopeVector[] => {
  const place = { object, table, row_id: String(columnOf(row, table === "adopted_secrets" ? "fingerprint" : "id")) };
  const found = (purpose: string, column: string) => [
    foundEnvelope(keyring, { ...place, purpose, column }, bytesOf(row, column)),
  ];
  if (table === "object_state") return found("chain-key", "chain_key");
  if (table === "adopted_secrets") return columnOf(row, "tag_key") === null ? [] : found("tag-key", "tag_key");
  if (table === "settings" || table === "roles") return [];
  return found(columnOf(row, "recoverable") === 1 ? "key-string" : "key-digest", "envelope");
};

const signedTables = ["api_keys", "admins", "roles", "sessions", "settings", "adopted_secrets", "object_state"];

export const rowVectors = (object: NodeObject): RowVector[] =>
  signedTables.flatMap((table) =>
    object.rows(table).map((stored) => {
      const row = stored.slice(0, -1);
      const signed = frame(["latchkey/v1/row", object.name, table, ...fieldsOf(row).flat()]);
      return { object: object.name, table, row, frame: toHex(signed), signature: bytesOf(stored, "signature").hex };
    }),
  );

const headVector = (object: NodeObject, sequence: number, hash: Uint8Array) => ({
  head_frame: toHex(frame(["latchkey/v1/head", object.name, sequence, hash])),
  head_mac: toHex(headMac(object.chainKey, object.name, sequence, hash)),
});

const checkpointVector = (object: NodeObject, sequence: number, hash: Uint8Array) => ({
  checkpoint_frame: toHex(frame(["latchkey/v1/checkpoint", object.name, sequence, hash])),
  checkpoint_mac: toHex(checkpointMac(object.chainKey, object.name, { sequence, hash })),
});

export const chainVector = (object: NodeObject): ChainVector => ({
  object: object.name,
  chain_key: toHex(object.chainKey),
  empty: headVector(object, 0, new Uint8Array(32)),
  events: object.rows("events").map((stored, index) => {
    const row = stored.slice(0, -1);
    const hash = bytesOf(stored, "hash").hex;
    const hashed = frame(["latchkey/v1/event", object.name, ...fieldsOf(row).flat()]);
    const head = headVector(object, index + 1, fromHex(hash));
    return { row, frame: toHex(hashed), hash, ...head, ...checkpointVector(object, index + 1, fromHex(hash)) };
  }),
});
