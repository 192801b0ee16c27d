// Sections 2 to 7 of docs/storage.md.

import {
  checksum,
  concatenate,
  fieldFromJson,
  fieldType,
  frame,
  fromHex,
  isBase62,
  toBase62,
  toBigEndianInteger,
  toHex,
  toUtf8,
} from "./bytes.mjs";
import { decrypt, deriveSubKey, encrypt, hmac, sha256 } from "./cryptography.mjs";
import { coveredColumns } from "./tables.mjs";

const envelopeFormat = 1;
const envelopeAlgorithm = 1;
const envelopeHeaderLength = 10;
const ivLength = 12;
const adminShardDigits = "zz";
const prefixPattern = /^[a-z][a-z0-9]{0,15}(_[a-z0-9]{1,16})?$/;

export const emptyHash = "00".repeat(32);

function textField(value) {
  if (fieldType(value) !== "text") throw new Error(`not text: ${JSON.stringify(value)}`);
  return value;
}

function bytesOfLength(hex, length) {
  const bytes = fromHex(hex);
  if (bytes.length !== length) throw new Error(`not ${length} bytes: ${hex}`);
  return bytes;
}

// Section 2

const subKey = async (secret, label, length) => toHex(await deriveSubKey(bytesOfLength(secret, 32), label, length));

export async function encryptionSubKeys(secret) {
  return {
    fingerprint: await subKey(secret, "latchkey/v1/encryption/fingerprint", 8),
    envelope_key: await subKey(secret, "latchkey/v1/encryption/envelope", 32),
  };
}

export async function hmacSubKeys(secret) {
  const fingerprint = await subKey(secret, "latchkey/v1/hmac/fingerprint", 8);
  return {
    fingerprint,
    epoch: epochOf(fingerprint),
    tag_key: await subKey(secret, "latchkey/v1/hmac/tag", 32),
    verifier_key: await subKey(secret, "latchkey/v1/hmac/verifier", 32),
    row_key: await subKey(secret, "latchkey/v1/hmac/row", 32),
    cursor_key: await subKey(secret, "latchkey/v1/hmac/cursor", 32),
  };
}

function epochOf(fingerprint) {
  return toBase62(toBigEndianInteger(fromHex(fingerprint).slice(0, 4)) % 62n, 1);
}

// Section 3

function objectName(shard) {
  return shard === "admin" ? "admin" : `shard-${String(shard).padStart(2, "0")}`;
}

function shardDigits(shard) {
  if (shard === "admin") return adminShardDigits;
  const digits = toBase62(shard, 2);
  if (digits === adminShardDigits) throw new Error(`no shard may have the number ${shard}`);
  return digits;
}

export function checksumDigits(text) {
  return toBase62(checksum(toUtf8(text)), 6);
}

async function tagOf(text, tagKey) {
  const mac = await hmac(fromHex(tagKey), toUtf8(text));
  return toBase62(toBigEndianInteger(mac.slice(0, 8)) % 62n ** 8n, 8);
}

export async function keyString({ prefix, time, shard, random, secret }, tagSecret, verifierSecret) {
  if (!prefixPattern.test(prefix)) throw new Error(`not a prefix: ${JSON.stringify(prefix)}`);
  if (!isBase62(random, 10) || !isBase62(secret, 32))
    throw new Error("the random digits of an id are 10, those of a secret 32");
  const id = toBase62(time, 8) + shardDigits(shard) + random;
  const untagged = `${prefix}_${id}_${secret}${tagSecret.epoch}`;
  const tag = await tagOf(untagged, tagSecret.tag_key);
  const crc = checksumDigits(untagged + tag);
  const digest = await sha256(toUtf8(untagged + tag + crc));
  return {
    object: objectName(shard),
    time_digits: toBase62(time, 8),
    shard_digits: shardDigits(shard),
    id,
    epoch: tagSecret.epoch,
    tag,
    crc,
    key_string: untagged + tag + crc,
    hint: `${prefix}_...${crc.slice(-4)}`,
    digest: toHex(digest),
    verifier: toHex(await hmac(fromHex(verifierSecret.verifier_key), digest)),
  };
}

// Section 4

function additionalDataOf({ purpose, object, table, row_id, column }, fingerprint) {
  const place = [purpose, object, table, row_id, column].map(textField);
  return frame("latchkey/v1/envelope", envelopeFormat, envelopeAlgorithm, fingerprint, ...place);
}

export async function sealEnvelope(place, encryptionKey) {
  const fingerprint = fromHex(encryptionKey.fingerprint);
  const iv = bytesOfLength(place.iv, ivLength);
  const additionalData = additionalDataOf(place, fingerprint);
  const sealed = await encrypt(fromHex(encryptionKey.envelope_key), iv, additionalData, fromHex(place.plaintext));
  const header = Uint8Array.of(envelopeFormat, envelopeAlgorithm, ...fingerprint);
  return { aad: toHex(additionalData), envelope: toHex(concatenate(header, iv, sealed)) };
}

/** Takes the key and the IV from the envelope itself; gives the plaintext in hex. */
export async function openEnvelope(place, findEncryptionKey) {
  const envelope = fromHex(place.envelope);
  if (envelope[0] !== envelopeFormat || envelope[1] !== envelopeAlgorithm)
    throw new Error("an envelope of an unknown format or algorithm");
  const fingerprint = envelope.slice(2, envelopeHeaderLength);
  const iv = envelope.slice(envelopeHeaderLength, envelopeHeaderLength + ivLength);
  const sealed = envelope.slice(envelopeHeaderLength + ivLength);
  const encryptionKey = findEncryptionKey(toHex(fingerprint));
  return toHex(await decrypt(fromHex(encryptionKey.envelope_key), iv, additionalDataOf(place, fingerprint), sealed));
}

// Section 5

/** The columns of a row, given as [column, value] pairs, as alternating names and values. */
function rowFields(table, row) {
  const columns = coveredColumns(table);
  const names = columns.map(([column]) => column).join();
  if (row.map(([column]) => column).join() !== names) throw new Error(`the columns of ${table} are ${names}`);
  return row.flatMap(([column, json], position) => {
    const value = fieldFromJson(json);
    const type = columns[position][1];
    if (!type.split(" or ").includes(fieldType(value))) throw new Error(`${table}.${column} is not ${type}`);
    return [column, value];
  });
}

export function columnValue(row, name) {
  return row.find(([column]) => column === name)?.[1];
}

export async function rowSignature({ object, table, row }, hmacSecret) {
  const signed = frame("latchkey/v1/row", textField(object), textField(table), ...rowFields(table, row));
  return { frame: toHex(signed), signature: toHex(await hmac(fromHex(hmacSecret.row_key), signed)) };
}

// Section 6

async function head(object, chainKey, sequence, hash) {
  const signed = frame("latchkey/v1/head", textField(object), sequence, fromHex(hash));
  return { head_frame: toHex(signed), head_mac: toHex(await hmac(chainKey, signed)) };
}

/** What stays of an event that is the newest among those pruned. */
async function checkpoint(object, chainKey, sequence, hash) {
  const signed = frame("latchkey/v1/checkpoint", textField(object), sequence, fromHex(hash));
  return { checkpoint_frame: toHex(signed), checkpoint_mac: toHex(await hmac(chainKey, signed)) };
}

function linkRow(row, sequence, previousHash) {
  const links = { sequence, previous_hash: { hex: previousHash } };
  return row.map(([column, value]) => [column, Object.hasOwn(links, column) ? links[column] : value]);
}

export async function eventChain({ object, chain_key, events }) {
  const chainKey = bytesOfLength(chain_key, 32);
  const linkedEvents = [];
  let previousHash = emptyHash;
  for (const [index, event] of events.entries()) {
    const row = linkRow(event.row, index + 1, previousHash);
    const hashed = frame("latchkey/v1/event", textField(object), ...rowFields("events", row));
    const hash = toHex(await hmac(chainKey, hashed));
    const place = [object, chainKey, index + 1, hash];
    linkedEvents.push({ row, frame: toHex(hashed), hash, ...(await head(...place)), ...(await checkpoint(...place)) });
    previousHash = hash;
  }
  return { empty: await head(object, chainKey, 0, emptyHash), events: linkedEvents };
}

// Section 7

export async function listCursor({ route, filters, constraints, id }, hmacSecret) {
  if (!isBase62(id, 20)) throw new Error("a cursor holds the 20 characters of an id");
  const signed = frame("latchkey/v1/cursor", ...[route, filters, constraints, id].map(textField));
  const mac = await hmac(fromHex(hmacSecret.cursor_key), signed);
  const cursor = concatenate(Uint8Array.of(1), fromHex(hmacSecret.fingerprint), toUtf8(id), mac.slice(0, 16));
  return { frame: toHex(signed), cursor: Buffer.from(cursor).toString("base64url") };
}
