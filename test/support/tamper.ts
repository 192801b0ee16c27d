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

const flipped = (value: SqlStorageValue): SqlStorageValue => {
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return `${value.slice(0, -1)}${value.endsWith("x") ? "y" : "x"}`;
  const bytes = new Uint8Array(value?.slice(0) ?? []);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.buffer;
};

/** Records of the admin object, as somebody meets them who can write to the store behind the manager's back. */
interface Place {
  readonly table: "admins" | "roles" | "sessions";
  /** The primary key. */
  readonly key: "id" | "name";
}

export const adminRows: Place = { table: "admins", key: "id" };
export const roleRows: Place = { table: "roles", key: "name" };
export const sessionTable: Place = { table: "sessions", key: "id" };

export const columnsOf = ({ table }: Place): Promise<string[]> =>
  inObject("admin", (sql) =>
    [...sql.exec<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`)].map(({ name }) => name),
  );

/** Sets one column; gives the number of records that were there to be changed. */
export const edit = ({ table, key }: Place, id: string, assignment: string): Promise<number> =>
  inObject("admin", (sql) => {
    const found = sql.exec(`SELECT 1 FROM ${table} WHERE ${key} = ?`, id).toArray().length;
    sql.exec(`UPDATE ${table} SET ${assignment} WHERE ${key} = ?`, id);
    return found;
  });

/** Changes one column by as little as can be; answers what the record is found under now. */
export const alter = ({ table, key }: Place, id: string, column: string): Promise<string> =>
  inObject("admin", (sql) => {
    const { value = null } = sql.exec(`SELECT ${column} AS value FROM ${table} WHERE ${key} = ?`, id).one();
    const after = value === null ? (planted[column] ?? null) : flipped(value);
    sql.exec(`UPDATE ${table} SET ${column} = ? WHERE ${key} = ?`, after, id);
    return column === key ? String(after) : id;
  });

export const signatureOf = ({ table, key }: Place, id: string): Promise<string> =>
  inObject("admin", (sql) =>
    new Uint8Array(
      sql.exec<{ signature: ArrayBuffer }>(`SELECT signature FROM ${table} WHERE ${key} = ?`, id).one().signature,
    ).join(),
  );
