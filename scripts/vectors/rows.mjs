// The fixed rows of test/vectors/storage.json.

import { columnValue, emptyHash } from "./storage.mjs";
import { coveredColumns } from "./tables.mjs";

export const start = 1_750_000_000_000;
export const day = 86_400_000;

/** Columns not given are null. */
export function rowOf(table, values) {
  const columns = coveredColumns(table).map(([column]) => column);
  const strangers = Object.keys(values).filter((name) => !columns.includes(name));
  if (strangers.length > 0) throw new Error(`not columns of ${table}: ${strangers.join()}`);
  return columns.map((column) => [column, values[column] ?? null]);
}

/** The four columns every stored key shares. */
function keyMaterial(key, sealed) {
  return {
    envelope: { hex: sealed.envelope },
    encryption_fingerprint: sealed.encryption_fingerprint,
    verifier: { hex: key.verifier },
    mac_fingerprint: key.verifier_fingerprint,
  };
}

function apiKeyRows(keys, envelopes) {
  const { plain, recoverable, longPrefix, earliest } = keys;
  const rowFor = (key, sealed, values) => ({
    object: key.object,
    table: "api_keys",
    row: rowOf("api_keys", {
      ordinal: key.time,
      id: `key_${key.id}`,
      format: 1,
      lineage: `key_${key.id}`,
      name: "Build server",
      owner: "user-1",
      prefix: key.prefix,
      hint: key.hint,
      scopes: "[]",
      metadata: "{}",
      recoverable: 0,
      enabled: 1,
      created_at: key.time,
      updated_at: key.time,
      grace_finished: 0,
      version: 1,
      ...keyMaterial(key, sealed),
      ...values,
    }),
  });
  const rotated = {
    lineage: `key_${earliest.id}`,
    predecessor: `key_${earliest.id}`,
    successor: `key_${longPrefix.id}`,
    grace_ends_at: start + 2 * day,
    first_used_at: start + day,
  };
  const revoked = {
    revoked_at: start + 3 * day,
    revocation_reason: "leaked",
    revocation_note: "",
    enabled: 0,
    version: 4,
    updated_at: start + 3 * day,
  };
  return [
    rowFor(plain, envelopes.plain, {}),
    rowFor(recoverable, envelopes.recoverable, {
      recoverable: 1,
      name: "Zoë — 鍵 🔑",
      scopes: '["read","write:日本"]',
      metadata: '{"team":"Ærø","size":3}',
      expires_at: start + 365 * day,
    }),
    rowFor(plain, envelopes.plain, { ...rotated, version: 3 }),
    rowFor(plain, envelopes.plain, { ...rotated, grace_finished: 1, version: 4 }),
    rowFor(plain, envelopes.plain, { ...rotated, ...revoked }),
    rowFor(longPrefix, envelopes.longPrefix, { lineage: `key_${earliest.id}`, predecessor: `key_${plain.id}` }),
    rowFor(recoverable, envelopes.recoverable, { name: "", owner: "", ...revoked, revocation_note: "line\nfeed" }),
  ];
}

function adminRows(admin, sealed) {
  const values = {
    id: `adm_${admin.id}`,
    format: 1,
    lineage: `adm_${admin.id}`,
    name: "Zoë",
    hint: admin.hint,
    roles: '["owner"]',
    enabled: 1,
    created_at: admin.time,
    updated_at: admin.time,
    grace_finished: 0,
    version: 1,
    ...keyMaterial(admin, sealed),
  };
  return [
    values,
    { ...values, enabled: 0, expires_at: start + day, revoked_at: start + 1000, revocation_reason: "left", version: 2 },
  ].map((each) => ({
    object: "admin",
    table: "admins",
    row: rowOf("admins", each),
  }));
}

function settingRows({ fingerprint }, adminId) {
  const settings = { shards: '{"first":2,"mark":256}', "set-up": `{"at":${start},"admin":"${adminId}"}` };
  return Object.entries(settings).map(([name, value]) => ({
    object: "admin",
    table: "settings",
    row: rowOf("settings", { name, format: 1, value, mac_fingerprint: fingerprint }),
  }));
}

function adoptedSecretRows([firstKey], [current, second], { currentTagKey, secondTagKey }) {
  const adopted = (object, kind, secret, isCurrent, values) => ({
    object,
    table: "adopted_secrets",
    row: rowOf("adopted_secrets", {
      fingerprint: secret.fingerprint,
      format: 1,
      kind,
      current: isCurrent,
      adopted_at: start,
      mac_fingerprint: current.fingerprint,
      ...values,
    }),
  });
  const tagKey = (secret, sealed) => ({
    epoch: secret.epoch,
    tag_key: { hex: sealed.envelope },
    encryption_fingerprint: sealed.encryption_fingerprint,
  });
  return [
    adopted("admin", "encryption", firstKey, 1, {}),
    adopted("admin", "hmac", current, 1, tagKey(current, currentTagKey)),
    adopted("admin", "hmac", second, 0, tagKey(second, secondTagKey)),
    adopted("shard-00", "hmac", current, 1, {}),
  ];
}

function objectStateRows([current, , third], chains, { shardChainKey, adminChainKey }) {
  const [shardChain, adminChain] = chains;
  const newest = shardChain.events.at(-1);
  const stateOf = (object, sealed, macFingerprint, values) => ({
    object,
    table: "object_state",
    row: rowOf("object_state", {
      id: 1,
      format: 1,
      chain_key: { hex: sealed.envelope },
      encryption_fingerprint: sealed.encryption_fingerprint,
      mac_fingerprint: macFingerprint,
      ...values,
    }),
  });
  const counters = JSON.stringify({ keys: 1, revoked: 1, disabled: 0, rotated: 0, [`mac:${current.fingerprint}`]: 1 });
  return [
    stateOf("shard-00", shardChainKey, current.fingerprint, {
      greatest_time: start + day,
      last_ordinal: start + day,
      sequence: columnValue(newest.row, "sequence"),
      head_hash: { hex: newest.hash },
      head_mac: { hex: newest.head_mac },
      counters,
    }),
    stateOf("admin", adminChainKey, third.fingerprint, {
      greatest_time: 0,
      last_ordinal: 0,
      sequence: 0,
      head_hash: { hex: emptyHash },
      head_mac: { hex: adminChain.empty.head_mac },
      counters: "{}",
    }),
  ];
}

function idempotencyRows({ fingerprint }) {
  const spent = {
    caller: "billing",
    format: 1,
    key_digest: { hex: "c1".repeat(32) },
    request_digest: { hex: "c2".repeat(32) },
    created_at: start,
    expires_at: start + day,
  };
  return [
    {
      object: "shard-00",
      table: "idempotency_records",
      row: rowOf("idempotency_records", { ...spent, owner: "user-1", status: 201, mac_fingerprint: fingerprint }),
    },
  ];
}

export function rowInputs({ keyring, secrets, keys, envelopes, chains, adminId }) {
  return [
    ...apiKeyRows(keys, envelopes),
    ...adminRows(keys.admin, envelopes.admin),
    ...settingRows(secrets[0], adminId),
    ...adoptedSecretRows(keyring, secrets, envelopes),
    ...objectStateRows(secrets, chains, envelopes),
    ...idempotencyRows(secrets[0]),
  ];
}
