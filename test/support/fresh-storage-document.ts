import { customAlphabet } from "nanoid";
import { base62Digits } from "../../src/core/api-key/base62.ts";
import { bareIdOf, crcOf, hintOf, parseKeyString } from "../../src/core/api-key/key-string.ts";
import { seal } from "../../src/infrastructure/crypto/envelope.ts";
import { frame } from "../../src/infrastructure/crypto/frame.ts";
import { encryptionKeyOf, hmacSecretOf, type Keyring, ringOf } from "../../src/infrastructure/crypto/keyring.ts";
import { mintKeyString } from "../../src/infrastructure/crypto/mint-key-string.ts";
import { randomBytes, toHex } from "../../src/infrastructure/crypto/primitives.ts";
import { digestOf, verifierOf } from "../../src/infrastructure/crypto/verifier.ts";
import { encodeCursor } from "../../src/infrastructure/list-cursor.ts";
import { shardName } from "../../src/infrastructure/object-names.ts";
import { NodeObject } from "./node-object.ts";
import { type EnvelopeVector, fieldOf, type JsonField, placeOf, type StorageDocument } from "./storage-document.ts";
import { chainVector, foundEnvelope, rowVectors, storedEnvelope } from "./stored-vectors.ts";

const oftenEnough = 12;
const times = <Value>(make: (index: number) => Value): Value[] =>
  Array.from({ length: oftenEnough }, (_, at) => make(at));
const digits = (length: number): string => customAlphabet(base62Digits, length)();
const randomPunctuation = customAlphabet("aZ0 _\"'\\\n\té鍵{}[]:,", 12);
const randomText = (): string => `${randomPunctuation()}🔑`;
const randomBelow = (limit: number): number => Math.floor(Math.random() * limit);

const frameVector = (fields: readonly JsonField[]) => ({ fields, frame: toHex(frame(fields.map(fieldOf))) });

const randomField = (): JsonField => {
  const integer = randomBelow(Number.MAX_SAFE_INTEGER) * (randomBelow(2) ? 1 : -1);
  return [null, integer, 0, "", randomText(), { hex: toHex(randomBytes(randomBelow(40))) }][randomBelow(6)] ?? null;
};

const keyVector = ({ hmac }: Keyring, index: number): StorageDocument["keys"][number] => {
  const { primary } = hmac;
  const shard = index === 0 ? ("admin" as const) : randomBelow(256);
  const made = { prefix: index % 2 ? "acme_live" : "a", time: randomBelow(62 ** 8), shard, random: digits(10) };
  const id = bareIdOf(made.time, shard, made.random);
  const secret = digits(32);
  const key_string = mintKeyString(primary, made.prefix, id, secret);
  const digest = digestOf(key_string);
  return {
    ...made,
    secret,
    tag_fingerprint: primary.fingerprint,
    verifier_fingerprint: primary.fingerprint,
    object: shard === "admin" ? shard : shardName(shard),
    time_digits: id.slice(0, 8),
    shard_digits: id.slice(8, 10),
    id,
    epoch: primary.epoch,
    tag: parseKeyString(key_string)?.tag ?? "",
    crc: key_string.slice(-6),
    key_string,
    hint: hintOf(key_string, made.prefix),
    digest: toHex(digest),
    verifier: toHex(verifierOf(primary.verifierKey, digest)),
  };
};

const sealedVector = ({ encryption }: Keyring): EnvelopeVector => {
  const place = {
    purpose: "key-string",
    object: "shard-00",
    table: "api_keys",
    row_id: digits(24),
    column: "envelope",
  };
  const envelope = seal(encryption.primary, placeOf(place), randomBytes(randomBelow(200)));
  return foundEnvelope({ encryption }, place, { hex: toHex(envelope) });
};

const cursorVector = ({ hmac }: Keyring, id: string): StorageDocument["cursors"][number] => {
  const scope = { route: "keys", filters: randomText(), constraints: randomText() };
  const signed = frame(["latchkey/v1/cursor", scope.route, scope.filters, scope.constraints, id]);
  const cursor = encodeCursor(hmac, scope, id);
  return { hmac_fingerprint: hmac.primary.fingerprint, id, ...scope, frame: toHex(signed), cursor };
};

/** The rows of two objects that were really used, under random secrets, in the shape of the vectors. */
export const freshStorageDocument = (use: (admin: NodeObject, shard: NodeObject) => void): StorageDocument => {
  const [encryptionSecret, hmacSecret] = [randomBytes(32), randomBytes(32)];
  const [encryptionKey, hmac] = [encryptionKeyOf(encryptionSecret), hmacSecretOf(hmacSecret)];
  const keyring: Keyring = { encryption: ringOf(encryptionKey, []), hmac: ringOf(hmac, []) };
  const objects = ["admin", "shard-00"].map((name) => new NodeObject(name, keyring));
  const [admin, shard] = objects;
  if (admin && shard) use(admin, shard);

  const rows = objects.flatMap(rowVectors);
  const stored = rows.flatMap(({ object, table, row }) => storedEnvelope(keyring, object, table, row));
  const { fingerprint, epoch } = hmac;
  const hmacKeys = { tag_key: toHex(hmac.tagKey), verifier_key: toHex(hmac.verifierKey), row_key: toHex(hmac.rowKey) };
  return {
    checksums: times(() => digits(randomBelow(100))).map((text) => ({ text, crc: crcOf(text) })),
    encryption_keys: [
      {
        secret: toHex(encryptionSecret),
        fingerprint: encryptionKey.fingerprint,
        envelope_key: toHex(encryptionKey.envelopeKey),
      },
    ],
    hmac_secrets: [{ secret: toHex(hmacSecret), fingerprint, epoch, ...hmacKeys, cursor_key: toHex(hmac.cursorKey) }],
    frames: times(() => frameVector(times(randomField))),
    keys: times((index) => keyVector(keyring, index)),
    envelopes: [...times(() => sealedVector(keyring)), ...stored],
    chains: objects.map(chainVector),
    rows,
    cursors: times(() => cursorVector(keyring, digits(20))),
  };
};
