import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bareIdOf, crcOf, hintOf, homeOf, parseKeyString } from "../../src/core/api-key/key-string.ts";
import { open, seal } from "../../src/infrastructure/crypto/envelope.ts";
import { frame } from "../../src/infrastructure/crypto/frame.ts";
import { isTagOf } from "../../src/infrastructure/crypto/key-tag.ts";
import { encryptionKeyOf, hmacSecretOf, ringOf } from "../../src/infrastructure/crypto/keyring.ts";
import { mintKeyString } from "../../src/infrastructure/crypto/mint-key-string.ts";
import { fromHex, toHex } from "../../src/infrastructure/crypto/primitives.ts";
import { digestOf, isVerifierOf, verifierOf } from "../../src/infrastructure/crypto/verifier.ts";
import { decodeCursor, encodeCursor } from "../../src/infrastructure/list-cursor.ts";
import { shardName } from "../../src/infrastructure/object-names.ts";
import { checkpointMac } from "../../src/infrastructure/sqlite/chain-ends.ts";
import { eventHash } from "../../src/infrastructure/sqlite/event-row.ts";
import { headMac } from "../../src/infrastructure/sqlite/object-state.ts";
import { rowSignature } from "../../src/infrastructure/sqlite/signed-table.ts";
import { columnOf, fieldOf, fieldsOf, placeOf, type StorageDocument } from "../support/storage-document.ts";

const file = join(import.meta.dirname, "../vectors/storage.json");
const document = JSON.parse(await readFile(file, "utf8")) as StorageDocument;

const encryptionKeys = document.encryption_keys.map(({ secret }) => encryptionKeyOf(fromHex(secret)));
const hmacSecrets = document.hmac_secrets.map(({ secret }) => hmacSecretOf(fromHex(secret)));

const withFingerprint = <Entry extends { readonly fingerprint: string }>(entries: readonly Entry[], wanted: string) => {
  const found = entries.find(({ fingerprint }) => fingerprint === wanted);
  if (!found) throw new Error(`no secret of the document has the fingerprint ${wanted}`);
  return found;
};
const encryptionKey = (fingerprint: string) => withFingerprint(encryptionKeys, fingerprint);
const hmacSecret = (fingerprint: string) => withFingerprint(hmacSecrets, fingerprint);

describe("the product, given the inputs of the vectors, makes the same", () => {
  it.each(document.checksums)("crc of $text", ({ text, crc }) => {
    expect(crcOf(text)).toBe(crc);
  });

  it.each(document.encryption_keys)("sub-key of the ENCRYPTION_KEY $fingerprint", ({ secret, ...expected }) => {
    const { fingerprint, envelopeKey } = encryptionKeyOf(fromHex(secret));
    expect({ fingerprint, envelope_key: toHex(envelopeKey) }).toEqual(expected);
  });

  it.each(document.hmac_secrets)("sub-keys of the HMAC_SECRET $fingerprint", ({ secret, ...expected }) => {
    const { fingerprint, epoch, tagKey, verifierKey, rowKey, cursorKey } = hmacSecretOf(fromHex(secret));
    const keys = { tag_key: toHex(tagKey), verifier_key: toHex(verifierKey), row_key: toHex(rowKey) };
    expect({ fingerprint, epoch, ...keys, cursor_key: toHex(cursorKey) }).toEqual(expected);
  });

  it.each(document.frames)("frame of $fields", (vector) => {
    expect(toHex(frame(vector.fields.map(fieldOf)))).toBe(vector.frame);
  });

  it.each(document.keys)("key string $key_string", (vector) => {
    const tagSecret = hmacSecret(vector.tag_fingerprint);
    const { verifierKey } = hmacSecret(vector.verifier_fingerprint);
    const bareId = bareIdOf(vector.time, vector.shard, vector.random);
    expect(bareId).toBe(vector.id);
    expect(homeOf(`key_${bareId}`)).toBe(vector.shard);
    expect(vector.shard === "admin" ? "admin" : shardName(vector.shard)).toBe(vector.object);

    const text = mintKeyString(tagSecret, vector.prefix, bareId, vector.secret);
    expect(text).toBe(vector.key_string);
    expect(hintOf(text, vector.prefix)).toBe(vector.hint);
    expect(toHex(digestOf(text))).toBe(vector.digest);
    expect(toHex(verifierOf(verifierKey, digestOf(text)))).toBe(vector.verifier);
  });

  it.each(document.envelopes)("envelope of a $purpose in $table of $object", (vector) => {
    const key = encryptionKey(vector.encryption_fingerprint);
    const envelope = seal(key, placeOf(vector), fromHex(vector.plaintext), fromHex(vector.iv));
    expect(toHex(envelope)).toBe(vector.envelope);
  });

  it.each(document.chains)("event chain of $object", ({ object, chain_key, empty, events }) => {
    const chainKey = fromHex(chain_key);
    expect(toHex(headMac(chainKey, object, 0, new Uint8Array(32)))).toBe(empty.head_mac);
    for (const [index, event] of events.entries()) {
      const hash = eventHash(chainKey, object, fieldsOf(event.row));
      expect(toHex(hash)).toBe(event.hash);
      expect(toHex(headMac(chainKey, object, index + 1, hash))).toBe(event.head_mac);
      expect(toHex(checkpointMac(chainKey, object, { sequence: index + 1, hash }))).toBe(event.checkpoint_mac);
    }
  });

  it.each(document.rows)("signature of a row of $table in $object", ({ object, table, row, signature }) => {
    const secret = hmacSecret(String(columnOf(row, "mac_fingerprint")));
    expect(toHex(rowSignature(secret, object, table, fieldsOf(row)))).toBe(signature);
  });

  it.each(document.cursors)("cursor at $id", ({ hmac_fingerprint, id, cursor, ...scope }) => {
    expect(encodeCursor(ringOf(hmacSecret(hmac_fingerprint), []), scope, id)).toBe(cursor);
  });
});

describe("the product, given what the vectors hold, reads it", () => {
  const [firstKey, ...otherKeys] = encryptionKeys;
  const [firstSecret, ...otherSecrets] = hmacSecrets;
  if (!firstKey || !firstSecret) throw new Error("the document holds no secrets");
  const encryptionRing = ringOf(firstKey, otherKeys);
  const hmacRing = ringOf(firstSecret, otherSecrets);

  it.each(document.keys)("as the key string $key_string", (vector) => {
    const parsed = parseKeyString(vector.key_string);
    const { prefix, id: bareId, epoch, tag } = vector;
    expect(parsed).toMatchObject({ prefix, bareId, epoch, tag });
    expect(isTagOf(hmacSecret(vector.tag_fingerprint).tagKey, parsed?.tagged ?? "", vector.tag)).toBe(true);
    const { verifierKey } = hmacSecret(vector.verifier_fingerprint);
    expect(isVerifierOf(verifierKey, fromHex(vector.digest), fromHex(vector.verifier))).toBe(true);
  });

  it.each(document.envelopes)("as an envelope of a $purpose, there and nowhere else", (vector) => {
    const envelope = fromHex(vector.envelope);
    expect(toHex(open(encryptionRing, placeOf(vector), envelope) ?? new Uint8Array())).toBe(vector.plaintext);
    for (const part of ["purpose", "object", "table", "row_id", "column"] as const) {
      expect(open(encryptionRing, placeOf({ ...vector, [part]: `${vector[part]}0` }), envelope)).toBeUndefined();
    }
  });

  it.each(document.cursors)("as the cursor at $id, for that list and no other", ({ id, cursor, ...scope }) => {
    expect(decodeCursor(hmacRing, scope, cursor)).toBe(id);
    for (const part of ["route", "filters", "constraints"] as const) {
      expect(decodeCursor(hmacRing, { ...scope, [part]: `${scope[part]} ` }, cursor)).toBeUndefined();
    }
    for (let place = 0; place < cursor.length; place += 1) {
      const other = cursor[place] === "A" ? "B" : "A";
      const altered = `${cursor.slice(0, place)}${other}${cursor.slice(place + 1)}`;
      expect(decodeCursor(hmacRing, scope, altered)).toBeUndefined();
    }
  });
});
