import { inObject } from "./manager.ts";

/** Nullable columns hold nothing in an ordinary record: what a forger would put there. */
const planted: Readonly<Record<string, SqlStorageValue>> = {
  expires_at: 4_102_444_800_000,
  predecessor: "adm_00000000000000000000",
  successor: "adm_00000000000000000000",
  grace_ends_at: 4_102_444_800_000,
  first_used_at: 1,
  revoked_at: 1,
  revocation_reason: "leaked",
  revocation_note: "note",
  description: "Harmless",
  restriction: "{}",
};

/** Far from those of other records. */
const otherOrdinal = (value: SqlStorageValue): SqlStorageValue => Number(value) - 1_000_000_000;

const flipped = (value: SqlStorageValue): SqlStorageValue => {
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return `${value.slice(0, -1)}${value.endsWith("x") ? "y" : "x"}`;
  const bytes = new Uint8Array(value?.slice(0) ?? []);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.buffer;
};

/** Records as somebody meets them who can write to the store behind the manager's back. */
export interface Place {
  readonly object: "admin" | "shard-00";
  readonly table: "admins" | "roles" | "sessions" | "settings" | "api_keys" | "idempotency_records";
  /** What a record is found by. */
  readonly key: "id" | "name" | "key_digest";
}

export const adminRows: Place = { object: "admin", table: "admins", key: "id" };
export const roleRows: Place = { object: "admin", table: "roles", key: "name" };
export const sessionTable: Place = { object: "admin", table: "sessions", key: "id" };
export const settingRows: Place = { object: "admin", table: "settings", key: "name" };
export const keyRows: Place = { object: "shard-00", table: "api_keys", key: "id" };
export const keptRows: Place = { object: "shard-00", table: "idempotency_records", key: "key_digest" };

export const columnsOf = ({ object, table }: Place): Promise<string[]> =>
  inObject(object, (sql) =>
    [...sql.exec<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`)].map(({ name }) => name),
  );

/** Sets one column; gives the number of records that were there to be changed. */
export const edit = ({ object, table, key }: Place, id: SqlStorageValue, assignment: string): Promise<number> =>
  inObject(object, (sql) => {
    const found = sql.exec(`SELECT 1 FROM ${table} WHERE ${key} = ?`, id).toArray().length;
    sql.exec(`UPDATE ${table} SET ${assignment} WHERE ${key} = ?`, id);
    return found;
  });

/** Changes one column by as little as can be; answers what the record is found under now. */
export const alter = <Id extends SqlStorageValue>({ object, table, key }: Place, id: Id, column: string): Promise<Id> =>
  inObject(object, (sql) => {
    const { value = null } = sql.exec(`SELECT ${column} AS value FROM ${table} WHERE ${key} = ?`, id).one();
    const changed = column === "ordinal" ? otherOrdinal : flipped;
    const after = value === null ? (planted[column] ?? null) : changed(value);
    sql.exec(`UPDATE ${table} SET ${column} = ? WHERE ${key} = ?`, after, id);
    return column === key ? (after as Id) : id;
  });

export const signatureOf = ({ object, table, key }: Place, id: string): Promise<string> =>
  inObject(object, (sql) =>
    new Uint8Array(
      sql.exec<{ signature: ArrayBuffer }>(`SELECT signature FROM ${table} WHERE ${key} = ?`, id).one().signature,
    ).join(),
  );

/** Every byte of one record. */
export const bytesOf = ({ object, table, key }: Place, id: SqlStorageValue): Promise<string> =>
  inObject(object, (sql) =>
    JSON.stringify(sql.exec(`SELECT * FROM ${table} WHERE ${key} = ?`, id).one(), (_name, value: unknown) =>
      value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value,
    ),
  );
