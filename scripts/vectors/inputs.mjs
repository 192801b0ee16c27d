// The fixed inputs of test/vectors/storage.json. Nothing here is random or secret.

import { toBase62, toHex, toUtf8 } from "./bytes.mjs";
import { complete } from "./document.mjs";
import { day, rowInputs, rowOf, start } from "./rows.mjs";
import { emptyHash } from "./storage.mjs";

const note = [
  "Test vectors of docs/storage.md, made by scripts/vectors.mjs from that document alone.",
  "Every secret here is public: use none of them.",
  'Bytes are lower-case hex; among the fields of a frame and the values of a row they are written {"hex": "..."}.',
  "A row is a list of [column, value] in the order of the document, without its signature or hash, which stand beside it.",
].join(" ");

const countingBytes = (first) => toHex(Uint8Array.from({ length: 32 }, (_, index) => first + index));
const countingIv = (first) => countingBytes(first).slice(0, 24);
const textHex = (text) => toHex(toUtf8(text));

const checksums = [{ text: "" }, { text: "123456789" }, { text: `acme_live_0V3bQk1AA00000000000_${"0".repeat(41)}` }];

const encryptionKeys = [{ secret: countingBytes(0x00) }, { secret: "a5".repeat(32) }];
const hmacSecrets = [{ secret: countingBytes(0x20) }, { secret: countingBytes(0x40) }, { secret: countingBytes(0x60) }];

const frames = [
  { fields: ["ab", -7, null, { hex: "ff" }] },
  { fields: [] },
  { fields: [null] },
  { fields: [0] },
  { fields: [1] },
  { fields: [-1] },
  { fields: [start] },
  { fields: [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER] },
  { fields: [""] },
  { fields: ["0", 0] },
  { fields: ["Zoë — 鍵 🔑"] },
  { fields: ["line\nfeed\u0000null"] },
  { fields: [{ hex: "" }] },
  { fields: [{ hex: "00ff80" }, "", null, { hex: "" }] },
  { fields: ["x".repeat(300)] },
];

function keyInputs([current, second, third]) {
  const made = (time, prefix, shard, random, secret, tagSecret, verifierSecret = tagSecret) => ({
    prefix,
    time,
    shard,
    random,
    secret,
    tag_fingerprint: tagSecret.fingerprint,
    verifier_fingerprint: verifierSecret.fingerprint,
  });
  return [
    made(start, "lk_live", 0, "0123456789", "0123456789ABCDEFGHIJKLMNOPQRSTUV", current),
    made(start + 1, "acme_live", 61, "zzzzzzzzzz", "zyxwvutsrqponmlkjihgfedcbaZYXWVU", current),
    made(start + 2, "a", 62, "Aa0Bb1Cc2D", "Mm3Nn4Pp5Qq6Rr7Ss8Tt9Uu0Vv1Ww2Xx", second),
    made(start + 3, "acme_live", 255, "0000000000", "0".repeat(32), second, current),
    made(start + 4, "lk_admin", "admin", "Admin00002", "k3Y9".repeat(8), current),
    made(start + 5, "abcdefghijklmno9_0123456789abcdef", 0, "Padded0027", "The32ndLetterOfThisTextIsTheLast", third),
    made(0, "lk_live", 0, "ZeroOfTime", "z".repeat(32), third, second),
  ];
}

function nameKeys([plain, recoverable, shard62, shard255, admin, longPrefix, earliest]) {
  return { plain, recoverable, shard62, shard255, admin, longPrefix, earliest };
}

function envelopeInputs([firstKey, secondKey], [current, second], { plain, recoverable, admin, longPrefix }) {
  return [
    {
      purpose: "key-string",
      object: recoverable.object,
      table: "api_keys",
      row_id: `key_${recoverable.id}`,
      column: "envelope",
      plaintext: textHex(recoverable.key_string),
    },
    {
      purpose: "key-digest",
      object: plain.object,
      table: "api_keys",
      row_id: `key_${plain.id}`,
      column: "envelope",
      plaintext: plain.digest,
    },
    {
      purpose: "key-digest",
      object: "admin",
      table: "admins",
      row_id: `adm_${admin.id}`,
      column: "envelope",
      plaintext: admin.digest,
    },
    {
      purpose: "chain-key",
      object: "shard-00",
      table: "object_state",
      row_id: "1",
      column: "chain_key",
      plaintext: countingBytes(0x90),
    },
    {
      purpose: "chain-key",
      object: "admin",
      table: "object_state",
      row_id: "1",
      column: "chain_key",
      plaintext: countingBytes(0xb0),
    },
    {
      purpose: "tag-key",
      object: "admin",
      table: "adopted_secrets",
      row_id: current.fingerprint,
      column: "tag_key",
      plaintext: current.tag_key,
    },
    {
      purpose: "tag-key",
      object: "admin",
      table: "adopted_secrets",
      row_id: second.fingerprint,
      column: "tag_key",
      plaintext: second.tag_key,
    },
    {
      purpose: "key-digest",
      object: longPrefix.object,
      table: "api_keys",
      row_id: `key_${longPrefix.id}`,
      column: "envelope",
      plaintext: longPrefix.digest,
    },
  ].map((place, index) => ({
    ...place,
    encryption_fingerprint: (index % 2 ? secondKey : firstKey).fingerprint,
    iv: countingIv(0xd0 + index),
  }));
}

function nameEnvelopes(envelopes) {
  const [recoverable, plain, admin, shardChainKey, adminChainKey, currentTagKey, secondTagKey, longPrefix] = envelopes;
  return { recoverable, plain, admin, shardChainKey, adminChainKey, currentTagKey, secondTagKey, longPrefix };
}

function chainInputs(key, { shardChainKey, adminChainKey }, adminId) {
  const actor = { actor_kind: "admin", actor_id: adminId, actor_lineage: adminId, actor_name: "Zoë" };
  const subject = {
    subject_kind: "key",
    subject_id: `key_${key.id}`,
    subject_lineage: `key_${key.id}`,
    subject_owner: "user-1",
    subject_prefix: "lk_live",
  };
  const unlinked = { format: 1, sequence: 0, previous_hash: { hex: emptyHash } };
  const eventAt = (at, ordinal, values) => ({
    row: rowOf("events", { ...unlinked, id: `evt_${toBase62(ordinal, 8)}00EventEvent`, at, ...values }),
  });
  return [
    {
      object: "shard-00",
      chain_key: shardChainKey.plaintext,
      events: [
        eventAt(start, start + 6, {
          type: "key.created",
          ...actor,
          ...subject,
          request_id: "request-1",
          ip: "192.0.2.1",
        }),
        eventAt(start + 10, start + 10, {
          type: "key.updated",
          ...actor,
          ...subject,
          request_id: "request-2",
          ip: "2001:db8::1",
          changes: '{"name":["old","新しい"]}',
        }),
        eventAt(start + 10, start + 11, {
          type: "key.revoked",
          ...actor,
          ...subject,
          reason: "leaked",
          note: "Found in a log — 🔑\nsecond line",
        }),
        eventAt(start + day, start + day, { type: "secrets.adopted", note: "" }),
      ],
    },
    { object: "admin", chain_key: adminChainKey.plaintext, events: [] },
  ];
}

function cursorInputs([current, second], { plain, shard255 }) {
  return [
    { hmac_fingerprint: current.fingerprint, id: plain.id, route: "GET /v1/keys", filters: "{}", constraints: "{}" },
    {
      hmac_fingerprint: second.fingerprint,
      id: shard255.id,
      route: "GET /v1/events",
      filters: '{"owner":"Zoë"}',
      constraints: '{"owners":["user-1"],"prefixes":null}',
    },
  ];
}

export async function fixedDocument() {
  const document = { note };
  const add = async (section, vectors) => {
    document[section] = await complete(section, vectors, document);
    return document[section];
  };
  await add("checksums", checksums);
  const keyring = await add("encryption_keys", encryptionKeys);
  const secrets = await add("hmac_secrets", hmacSecrets);
  await add("frames", frames);
  const keys = nameKeys(await add("keys", keyInputs(secrets)));
  const envelopes = nameEnvelopes(await add("envelopes", envelopeInputs(keyring, secrets, keys)));
  const adminId = `adm_${keys.admin.id}`;
  const chains = await add("chains", chainInputs(keys.plain, envelopes, adminId));
  await add("rows", rowInputs({ keyring, secrets, keys, envelopes, chains, adminId }));
  await add("cursors", cursorInputs(secrets, keys));
  return document;
}
