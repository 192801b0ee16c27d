// Section 8 of docs/storage.md: the columns of every signed or chained table, in order, with their types.

const apiKeys = {
  ordinal: "integer",
  id: "text",
  format: "integer",
  lineage: "text",
  name: "text",
  owner: "text",
  prefix: "text",
  hint: "text",
  scopes: "text",
  metadata: "text",
  recoverable: "integer",
  enabled: "integer",
  created_at: "integer",
  updated_at: "integer",
  expires_at: "integer or null",
  predecessor: "text or null",
  successor: "text or null",
  grace_ends_at: "integer or null",
  grace_finished: "integer",
  first_used_at: "integer or null",
  revoked_at: "integer or null",
  revocation_reason: "text or null",
  revocation_note: "text or null",
  version: "integer",
  envelope: "bytes",
  encryption_fingerprint: "text",
  verifier: "bytes",
  mac_fingerprint: "text",
  signature: "bytes",
};

const { ordinal, owner, prefix, scopes, metadata, recoverable, ...sharedWithAdmins } = apiKeys;
const { id, format, lineage, name, hint, ...afterRoles } = sharedWithAdmins;
const admins = { id, format, lineage, name, hint, roles: "text", ...afterRoles };

const roles = {
  name: "text",
  format: "integer",
  description: "text or null",
  permissions: "text",
  restriction: "text or null",
  created_at: "integer",
  updated_at: "integer",
  version: "integer",
  mac_fingerprint: "text",
  signature: "bytes",
};

const sessions = {
  id: "text",
  format: "integer",
  admin_id: "text",
  admin_lineage: "text",
  created_at: "integer",
  seen_at: "integer",
  envelope: "bytes",
  encryption_fingerprint: "text",
  verifier: "bytes",
  mac_fingerprint: "text",
  signature: "bytes",
};

const events = {
  sequence: "integer",
  id: "text",
  format: "integer",
  at: "integer",
  type: "text",
  actor_kind: "text or null",
  actor_id: "text or null",
  actor_lineage: "text or null",
  actor_name: "text or null",
  subject_kind: "text or null",
  subject_id: "text or null",
  subject_lineage: "text or null",
  subject_owner: "text or null",
  subject_prefix: "text or null",
  request_id: "text or null",
  ip: "text or null",
  changes: "text or null",
  reason: "text or null",
  note: "text or null",
  previous_hash: "bytes",
  hash: "bytes",
};

const objectState = {
  id: "integer",
  format: "integer",
  greatest_time: "integer",
  last_ordinal: "integer",
  sequence: "integer",
  head_hash: "bytes",
  head_mac: "bytes",
  counters: "text",
  chain_key: "bytes",
  encryption_fingerprint: "text",
  mac_fingerprint: "text",
  signature: "bytes",
};

const settings = { name: "text", format: "integer", value: "text", mac_fingerprint: "text", signature: "bytes" };

const adoptedSecrets = {
  fingerprint: "text",
  format: "integer",
  kind: "text",
  current: "integer",
  adopted_at: "integer",
  epoch: "text or null",
  tag_key: "bytes or null",
  encryption_fingerprint: "text or null",
  mac_fingerprint: "text",
  signature: "bytes",
};

const idempotencyRecords = {
  caller: "text",
  key_digest: "bytes",
  format: "integer",
  request_digest: "bytes",
  created_at: "integer",
  expires_at: "integer",
  subject_id: "text or null",
  owner: "text or null",
  prefix: "text or null",
  scopes: "text or null",
  status: "integer",
  answer: "bytes or null",
  encryption_fingerprint: "text or null",
  mac_fingerprint: "text",
  signature: "bytes",
};

const tables = {
  api_keys: apiKeys,
  admins,
  roles,
  sessions,
  events,
  object_state: objectState,
  settings,
  adopted_secrets: adoptedSecrets,
  idempotency_records: idempotencyRecords,
};

/** The columns that are signed: all but the last, which holds the signature or the hash itself. */
export function coveredColumns(table) {
  if (!Object.hasOwn(tables, table)) throw new Error(`no such table: ${JSON.stringify(table)}`);
  return Object.entries(tables[table]).slice(0, -1);
}
