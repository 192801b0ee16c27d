import type { SecretKind } from "../../core/register.ts";
import { type Field, frame } from "../crypto/frame.ts";
import type { HmacSecret, Ring } from "../crypto/keyring.ts";
import { hmacSha256, isEqual } from "../crypto/primitives.ts";
import { SecretMissing } from "../crypto/secret-missing.ts";

export type Row = Readonly<Record<string, SqlStorageValue>>;

/** A table whose rows end in `mac_fingerprint` and `signature`; the columns before are named in their signed order. */
export interface SignedTableDefinition {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
}

export interface Signing {
  readonly sql: SqlStorage;
  readonly object: string;
  readonly ring: Ring<HmacSecret>;
  /** Fingerprints this object has written under: a record of one that is missing now is an outage, not a forgery. */
  readonly hasWrittenUnder: (fingerprint: string, kind: SecretKind) => boolean;
}

export const rowSignature = (
  { rowKey }: Pick<HmacSecret, "rowKey">,
  object: string,
  table: string,
  columns: readonly (readonly [string, Field])[],
): Uint8Array => hmacSha256(rowKey, frame(["latchkey/v1/row", object, table, ...columns.flat()]));

export const toBlob = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
export const fromBlob = (value: SqlStorageValue | undefined): Uint8Array =>
  value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array();

/** The columns that became different. */
export const differenceOf = (before: Row, after: Row): Row =>
  Object.fromEntries(Object.entries(after).filter(([column, value]) => before[column] !== value));

/** Greater numbers come from outside: nothing of ours ever signed one. */
export const isSignable = (value: SqlStorageValue): boolean => typeof value !== "number" || Number.isSafeInteger(value);

/** Signs what it writes and can tell whether what it reads is what was signed. */
export class SignedTable {
  readonly definition: SignedTableDefinition;
  readonly #signing: Signing;
  readonly #allColumns: readonly string[];
  readonly #signedColumns: readonly string[];
  readonly #selectAll: string;

  constructor(signing: Signing, definition: SignedTableDefinition) {
    this.#signing = signing;
    this.definition = definition;
    this.#signedColumns = [...definition.columns, "mac_fingerprint"];
    this.#allColumns = [...this.#signedColumns, "signature"];
    this.#selectAll = `SELECT ${this.#allColumns.join(", ")} FROM ${definition.name}`;
  }

  /** Reads rows as they are asked for. `rest` is everything of the statement after the table's name. */
  *select(rest: string, ...bindings: SqlStorageValue[]): Generator<Row> {
    yield* this.#signing.sql.exec(`${this.#selectAll} ${rest}`, ...bindings);
  }

  first(rest: string, ...bindings: SqlStorageValue[]): Row | undefined {
    for (const row of this.select(`${rest} LIMIT 1`, ...bindings)) return row;
    return undefined;
  }

  /** Answers the row as it is stored. */
  insert(row: Row): Row {
    const signed = this.#signed(row, this.#signing.ring.primary);
    const marks = this.#allColumns.map(() => "?").join(", ");
    this.#signing.sql.exec(
      `INSERT INTO ${this.definition.name} (${this.#allColumns.join(", ")}) VALUES (${marks})`,
      ...this.#values(signed),
    );
    return signed;
  }

  /**
   * Changes a row and signs it anew: under the primary, or under the secret that also made the row's verifier. Writes
   * only what changed, because a column of an index costs a row even where it stays the same.
   */
  update(row: Row, changes: Row, secret = this.#signing.ring.primary): void {
    const { mac_fingerprint, signature } = this.#signed({ ...row, ...changes }, secret);
    this.#write(row, { ...changes, mac_fingerprint: mac_fingerprint ?? null, signature: signature ?? null });
  }

  /** Changes a row without signing it: what was tampered with stays so. */
  updateUnsigned(row: Row, changes: Row): void {
    this.#write(row, changes);
  }

  isGenuine(row: Row): boolean {
    const secret = this.secretOf(row);
    if (!secret || !Object.values(row).every(isSignable)) return false;
    return isEqual(this.#signatureOf(secret, row), fromBlob(row.signature));
  }

  /** The secret that signed a row; undefined when it never was one of ours. */
  secretOf(row: Row): HmacSecret | undefined {
    const fingerprint = String(row.mac_fingerprint);
    const secret = this.#signing.ring.byFingerprint.get(fingerprint);
    if (!secret && this.#signing.hasWrittenUnder(fingerprint, "hmac"))
      throw new SecretMissing(fingerprint, "HMAC_SECRET");
    return secret;
  }

  #signed(row: Row, secret: HmacSecret): Row {
    const marked = { ...row, mac_fingerprint: secret.fingerprint };
    return { ...marked, signature: toBlob(this.#signatureOf(secret, marked)) };
  }

  #signatureOf(secret: HmacSecret, row: Row): Uint8Array {
    return rowSignature(
      secret,
      this.#signing.object,
      this.definition.name,
      this.#signedColumns.map((column) => [column, row[column] ?? null]),
    );
  }

  #write(row: Row, changes: Row): void {
    const changed = Object.keys(changes);
    const where = this.definition.key.map((column) => `${column} = ?`).join(" AND ");
    this.#signing.sql.exec(
      `UPDATE ${this.definition.name} SET ${changed.map((column) => `${column} = ?`).join(", ")} WHERE ${where}`,
      ...this.#values(changes, changed),
      ...this.#values(row, this.definition.key),
    );
  }

  #values(row: Row, columns: readonly string[] = this.#allColumns): SqlStorageValue[] {
    return columns.map((column) => row[column] ?? null);
  }
}
