import { inObject } from "./manager.ts";

/** Columns that hold an envelope; its header names the encryption key it is sealed under. */
const envelopeColumns = ["envelope", "answer", "chain_key", "tag_key"];

const fingerprintIn = (column: string): string => `lower(hex(substr(${column}, 3, 8)))`;

interface Protected {
  readonly table: string;
  readonly column: string;
  readonly fingerprint: string;
}

const distinct = (sql: SqlStorage, table: string, column: string, expression: string): Protected[] =>
  [
    ...sql.exec<{ fingerprint: string }>(
      `SELECT DISTINCT ${expression} AS fingerprint FROM ${table} WHERE ${column} IS NOT NULL`,
    ),
  ].map(({ fingerprint }) => ({ table, column, fingerprint }));

const columnsIn = (sql: SqlStorage) => [
  ...sql.exec<{ table: string; column: string }>(
    `SELECT m.name AS "table", c.name AS "column" FROM sqlite_schema m JOIN pragma_table_info(m.name) c
     WHERE m.type = 'table' AND m.name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  ),
];

/** Which secrets protect what is stored in this object: by every column that names one, and by every envelope. */
const protectedIn = (object: string): Promise<Protected[]> =>
  inObject(object, (sql) => {
    const columns = columnsIn(sql);
    const named = columns.filter(({ column }) => /^(encryption|mac)_fingerprint$/.test(column));
    const sealed = columns.filter(({ column }) => envelopeColumns.includes(column));
    const [state] = sql.exec<{ counters: string }>("SELECT counters FROM object_state");
    const counted = Object.keys(JSON.parse(state?.counters ?? "{}")).filter((name) => /^(encryption|mac):/.test(name));
    return [
      ...named.flatMap(({ table, column }) => distinct(sql, table, column, column)),
      ...sealed.flatMap(({ table, column }) => distinct(sql, table, column, fingerprintIn(column))),
      ...counted.map((name) => ({ table: "object_state", column: "counters", fingerprint: name.replace(/^\w+:/, "") })),
    ];
  });

/** Every place in these objects that one of these secrets still protects. */
export const placesUnder = async (objects: readonly string[], fingerprints: readonly string[]): Promise<string[]> => {
  const places: string[] = [];
  for (const object of objects) {
    for (const { table, column, fingerprint } of await protectedIn(object)) {
      if (fingerprints.includes(fingerprint)) places.push(`${object} ${table}.${column} ${fingerprint}`);
    }
  }
  return places;
};

/** How many records of these objects say that this secret protects them. */
export const recordsUnder = async (objects: readonly string[], fingerprint: string): Promise<number> => {
  const count = (sql: SqlStorage): number =>
    columnsIn(sql)
      .filter(({ column }) => /^(encryption|mac)_fingerprint$/.test(column))
      .map(({ table, column }) => sql.exec(`SELECT 1 FROM ${table} WHERE ${column} = ?`, fingerprint).toArray().length)
      .reduce((sum, records) => sum + records, 0);
  const counts = await Promise.all(objects.map((object) => inObject(object, count)));
  return counts.reduce((sum, records) => sum + records, 0);
};
