/** How far the records of a stopped manager have come on their way from one pair of secrets to the next. */
import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { fingerprintsOf, type SecretPair } from "./manager-secrets.ts";
import type { ProjectCopy } from "./project-copy.ts";
import { inEveryObject, type Row } from "./stored.ts";

const sealedTables = ["admins", "sessions", "idempotency_records", "api_keys"] as const;
const signedTables = ["settings", "roles"] as const;

interface ObjectOnDisk {
  readonly state: "none" | "running" | "paused" | "done";
  /** As the object's own account says. */
  readonly moved: number;
  readonly quarantined: readonly string[];
  /** As its records say. */
  readonly renewed: number;
  readonly records: number;
}

const countIn = (database: DatabaseSync, query: string, ...values: string[]): number =>
  Number(database.prepare(query).get(...values)?.count);

/** The account itself is written under the new secrets from the first. */
const isRecord = "NOT (name = 'reencryption')";

const renewedIn = (database: DatabaseSync, { encryption, hmac }: ReturnType<typeof fingerprintsOf>): number => {
  const signed = signedTables.map((table) =>
    countIn(database, `SELECT count(*) AS count FROM ${table} WHERE mac_fingerprint = ? AND ${isRecord}`, hmac),
  );
  const sealed = sealedTables.map((table) =>
    countIn(
      database,
      `SELECT count(*) AS count FROM ${table} WHERE mac_fingerprint = ? AND encryption_fingerprint = ?`,
      hmac,
      encryption,
    ),
  );
  const oldTagKeys = countIn(
    database,
    "SELECT count(*) AS count FROM adopted_secrets WHERE fingerprint <> ? AND encryption_fingerprint = ?",
    hmac,
    encryption,
  );
  return [...signed, ...sealed, oldTagKeys].reduce((sum, count) => sum + count, 0);
};

const recordsIn = (database: DatabaseSync): number =>
  [
    ...signedTables.map((table) => `${table} WHERE ${isRecord}`),
    ...sealedTables,
    "adopted_secrets WHERE tag_key IS NOT NULL AND current <> 1",
  ]
    .map((rows) => countIn(database, `SELECT count(*) AS count FROM ${rows}`))
    .reduce((sum, count) => sum + count, 0);

const runIn = (database: DatabaseSync) => {
  const row = database.prepare("SELECT value FROM settings WHERE name = 'reencryption'").get();
  return row ? JSON.parse(String(row.value)) : { state: "none", moved: 0, quarantined: [] };
};

export const progressOnDisk = (project: ProjectCopy, to: SecretPair): ObjectOnDisk[] =>
  inEveryObject(project, (database) => ({
    ...runIn(database),
    renewed: renewedIn(database, fingerprintsOf(to)),
    records: recordsIn(database),
  }));

export interface TamperedRow {
  readonly table: (typeof sealedTables | typeof signedTables)[number];
  readonly where: string;
  readonly set: string;
  /** Under which it is told of. */
  readonly name: string;
}

/** Changes one row behind the manager's back. */
export const tamperWith = (project: ProjectCopy, { table, where, set }: TamperedRow): void => {
  const changes = inEveryObject(project, (database) =>
    Number(database.prepare(`UPDATE ${table} SET ${set} WHERE ${where}`).run().changes),
  );
  const count = changes.reduce((sum, each) => sum + each, 0);
  if (count !== 1) throw new Error(`${count} rows were changed`);
};

/** Every byte of it. */
export const rowOnDisk = (project: ProjectCopy, { table, where }: TamperedRow): Row[] =>
  inEveryObject(project, (database) => database.prepare(`SELECT * FROM ${table} WHERE ${where}`).all()).flat();

export const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");
