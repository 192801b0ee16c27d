/** Every statement ever run on a store, in order. A line is never changed once released: a change is a new line. */
const migrations: readonly string[] = [
  `CREATE TABLE object_state (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     format INTEGER NOT NULL,
     greatest_time INTEGER NOT NULL,
     last_ordinal INTEGER NOT NULL,
     sequence INTEGER NOT NULL,
     head_hash BLOB NOT NULL,
     head_mac BLOB NOT NULL,
     counters TEXT NOT NULL,
     chain_key BLOB NOT NULL,
     encryption_fingerprint TEXT NOT NULL,
     mac_fingerprint TEXT NOT NULL,
     signature BLOB NOT NULL
   ) STRICT;

   CREATE TABLE api_keys (
     ordinal INTEGER PRIMARY KEY,
     id TEXT NOT NULL,
     format INTEGER NOT NULL,
     lineage TEXT NOT NULL,
     name TEXT NOT NULL,
     owner TEXT NOT NULL,
     prefix TEXT NOT NULL,
     hint TEXT NOT NULL,
     scopes TEXT NOT NULL,
     metadata TEXT NOT NULL,
     recoverable INTEGER NOT NULL,
     enabled INTEGER NOT NULL,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL,
     expires_at INTEGER,
     predecessor TEXT,
     successor TEXT,
     grace_ends_at INTEGER,
     grace_finished INTEGER NOT NULL,
     first_used_at INTEGER,
     revoked_at INTEGER,
     revocation_reason TEXT,
     revocation_note TEXT,
     version INTEGER NOT NULL,
     envelope BLOB NOT NULL,
     encryption_fingerprint TEXT NOT NULL,
     verifier BLOB NOT NULL,
     mac_fingerprint TEXT NOT NULL,
     signature BLOB NOT NULL
   ) STRICT;
   CREATE INDEX api_keys_by_owner ON api_keys (owner, ordinal);
   CREATE INDEX api_keys_by_lineage ON api_keys (lineage, ordinal) WHERE lineage <> id;
   CREATE INDEX api_keys_revoked ON api_keys (ordinal) WHERE revoked_at IS NOT NULL;
   CREATE VIRTUAL TABLE api_key_words USING fts5 (words, content = '', contentless_delete = 1, prefix = '1 2 3');

   CREATE TABLE admins (
     id TEXT PRIMARY KEY,
     format INTEGER NOT NULL,
     lineage TEXT NOT NULL,
     name TEXT NOT NULL,
     hint TEXT NOT NULL,
     roles TEXT NOT NULL,
     enabled INTEGER NOT NULL,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL,
     expires_at INTEGER,
     predecessor TEXT,
     successor TEXT,
     grace_ends_at INTEGER,
     grace_finished INTEGER NOT NULL,
     first_used_at INTEGER,
     revoked_at INTEGER,
     revocation_reason TEXT,
     revocation_note TEXT,
     version INTEGER NOT NULL,
     envelope BLOB NOT NULL,
     encryption_fingerprint TEXT NOT NULL,
     verifier BLOB NOT NULL,
     mac_fingerprint TEXT NOT NULL,
     signature BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE events (
     sequence INTEGER PRIMARY KEY,
     id TEXT NOT NULL,
     format INTEGER NOT NULL,
     at INTEGER NOT NULL,
     type TEXT NOT NULL,
     actor_kind TEXT NOT NULL,
     actor_id TEXT,
     actor_lineage TEXT,
     actor_name TEXT,
     subject_kind TEXT NOT NULL,
     subject_id TEXT NOT NULL,
     subject_lineage TEXT,
     subject_owner TEXT,
     subject_prefix TEXT,
     request_id TEXT NOT NULL,
     ip TEXT,
     changes TEXT,
     reason TEXT,
     note TEXT,
     previous_hash BLOB NOT NULL,
     hash BLOB NOT NULL
   ) STRICT;

   CREATE TABLE settings (
     name TEXT PRIMARY KEY,
     format INTEGER NOT NULL,
     value TEXT NOT NULL,
     mac_fingerprint TEXT NOT NULL,
     signature BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE adopted_secrets (
     fingerprint TEXT PRIMARY KEY,
     format INTEGER NOT NULL,
     kind TEXT NOT NULL,
     current INTEGER NOT NULL,
     adopted_at INTEGER NOT NULL,
     epoch TEXT,
     tag_key BLOB,
     encryption_fingerprint TEXT,
     mac_fingerprint TEXT NOT NULL,
     signature BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE idempotency_records (
     caller TEXT NOT NULL,
     key_digest BLOB NOT NULL,
     format INTEGER NOT NULL,
     request_digest BLOB NOT NULL,
     created_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     subject_id TEXT NOT NULL,
     owner TEXT NOT NULL,
     prefix TEXT NOT NULL,
     scopes TEXT NOT NULL,
     status INTEGER NOT NULL,
     answer BLOB,
     encryption_fingerprint TEXT,
     mac_fingerprint TEXT NOT NULL,
     signature BLOB NOT NULL,
     PRIMARY KEY (caller, key_digest)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX idempotency_records_by_subject ON idempotency_records (subject_id) WHERE answer IS NOT NULL;`,

  `CREATE TABLE api_key_uses (
     ordinal INTEGER PRIMARY KEY,
     last_used_at INTEGER NOT NULL
   ) STRICT;`,

  `CREATE INDEX admins_by_lineage ON admins (lineage, id);
   CREATE INDEX admins_owners ON admins (id)
     WHERE enabled = 1 AND revoked_at IS NULL AND successor IS NULL AND expires_at IS NULL AND instr(roles, '"owner"') > 0;

   CREATE TABLE roles (
     name TEXT PRIMARY KEY,
     format INTEGER NOT NULL,
     description TEXT,
     permissions TEXT NOT NULL,
     restriction TEXT,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL,
     version INTEGER NOT NULL,
     mac_fingerprint TEXT NOT NULL,
     signature BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE sessions (
     id TEXT PRIMARY KEY,
     format INTEGER NOT NULL,
     admin_id TEXT NOT NULL,
     admin_lineage TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     seen_at INTEGER NOT NULL,
     envelope BLOB NOT NULL,
     encryption_fingerprint TEXT NOT NULL,
     verifier BLOB NOT NULL,
     mac_fingerprint TEXT NOT NULL,
     signature BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sessions_by_lineage ON sessions (admin_lineage, id);`,

  `CREATE TABLE event_checkpoint (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     format INTEGER NOT NULL,
     sequence INTEGER NOT NULL,
     hash BLOB NOT NULL,
     mac BLOB NOT NULL
   ) STRICT;`,

  `CREATE INDEX api_keys_by_expiry ON api_keys (expires_at) WHERE expires_at IS NOT NULL AND revoked_at IS NULL;
   CREATE INDEX api_keys_by_grace_end ON api_keys (grace_ends_at)
     WHERE grace_ends_at IS NOT NULL AND grace_finished = 0 AND revoked_at IS NULL;

   CREATE TABLE validation_counts (
     day INTEGER NOT NULL,
     ordinal INTEGER NOT NULL,
     hours TEXT NOT NULL,
     PRIMARY KEY (day, ordinal)
   ) STRICT, WITHOUT ROWID;`,
];

/** Brings the tables to the newest version; in one transaction, because it runs in one turn. */
export const migrate = (storage: DurableObjectStorage): void => {
  const { sql } = storage;
  storage.transactionSync(() => {
    sql.exec(
      "CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT",
    );
    const { version } = sql
      .exec<{ version: number }>("SELECT coalesce(max(version), 0) AS version FROM schema_versions")
      .one();
    for (const [index, statements] of migrations.entries()) {
      if (index < version) continue;
      sql.exec(statements);
      sql.exec("INSERT INTO schema_versions (version, applied_at) VALUES (?, ?)", index + 1, Date.now());
    }
  });
};
