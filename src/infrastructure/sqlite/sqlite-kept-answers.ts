import type { KeptAnswer } from "../../core/kept-answer.ts";
import type { KeptAnswers } from "../../core/ports.ts";
import { open, type Place, seal } from "../crypto/envelope.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { sha256, toHex } from "../crypto/primitives.ts";
import { listOr } from "./lifecycle-columns.ts";
import { fromBlob, type Row, SignedTable, type Signing, toBlob } from "./signed-table.ts";

const idempotencyRecordsTable = {
  name: "idempotency_records",
  key: ["caller", "key_digest"],
  columns: [
    "caller",
    "key_digest",
    "format",
    "request_digest",
    "created_at",
    "expires_at",
    "subject_id",
    "owner",
    "prefix",
    "scopes",
    "status",
    "answer",
    "encryption_fingerprint",
  ],
} as const;

const keptMs = 86_400_000;
const clearedAtOnce = 5000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Answers kept for their replay, sealed, because there are secrets in them. */
export class SqliteKeptAnswers implements KeptAnswers {
  readonly #table: SignedTable;
  readonly #sql: SqlStorage;
  readonly #object: string;
  readonly #keyring: Keyring;

  constructor(signing: Signing, keyring: Keyring) {
    this.#table = new SignedTable(signing, idempotencyRecordsTable);
    this.#sql = signing.sql;
    this.#object = signing.object;
    this.#keyring = keyring;
  }

  find(repeater: string, idempotencyKey: string, since: number): KeptAnswer | undefined {
    const row = this.#table.first("WHERE caller = ? AND key_digest = ?", repeater, toBlob(sha256(idempotencyKey)));
    if (!row || Number(row.created_at) <= since) return undefined;
    if (!this.#table.isGenuine(row)) throw new Error("a kept answer was changed from outside");
    return {
      requestDigest: fromBlob(row.request_digest),
      subjectId: String(row.subject_id),
      owner: String(row.owner),
      prefix: String(row.prefix),
      scopes: listOr(row.scopes),
      createdAt: Number(row.created_at),
      answer: row.answer === null ? null : this.#opened(row),
    };
  }

  keep(repeater: string, idempotencyKey: string, kept: KeptAnswer): void {
    const key_digest = toBlob(sha256(idempotencyKey));
    const { primary } = this.#keyring.encryption;
    const place = this.#placeOf(repeater, new Uint8Array(key_digest));
    this.#sql.exec("DELETE FROM idempotency_records WHERE caller = ? AND key_digest = ?", repeater, key_digest);
    this.#table.insert({
      caller: repeater,
      key_digest,
      format: 1,
      request_digest: toBlob(kept.requestDigest),
      created_at: kept.createdAt,
      expires_at: kept.createdAt + keptMs,
      subject_id: kept.subjectId,
      owner: kept.owner,
      prefix: kept.prefix,
      scopes: JSON.stringify(kept.scopes),
      status: 0,
      answer: toBlob(seal(primary, place, encoder.encode(JSON.stringify(kept.answer)))),
      encryption_fingerprint: primary.fingerprint,
    });
  }

  /** The secret of this key is dead: nothing gives it out again. */
  erase(subjectId: string): void {
    const rows = [...this.#table.select("WHERE subject_id = ? AND answer IS NOT NULL", subjectId)];
    for (const row of rows) {
      const changes = { answer: null, encryption_fingerprint: null };
      if (this.#table.isGenuine(row)) this.#table.update(row, changes, this.#table.secretOf(row));
      else this.#table.updateUnsigned(row, changes);
    }
  }

  get hasAny(): boolean {
    return this.#sql.exec("SELECT 1 FROM idempotency_records LIMIT 1").toArray().length > 0;
  }

  /** Removes what is past its day, a bounded number at a time; true when there may be more. */
  clear(now: number): boolean {
    const { rowsWritten } = this.#sql.exec(
      `DELETE FROM idempotency_records WHERE (caller, key_digest) IN
         (SELECT caller, key_digest FROM idempotency_records WHERE created_at NOT BETWEEN ? AND ? LIMIT ?)`,
      now - keptMs,
      now + keptMs,
      clearedAtOnce,
    );
    return rowsWritten >= clearedAtOnce;
  }

  #opened(row: Row): object {
    const place = this.#placeOf(String(row.caller), fromBlob(row.key_digest));
    const answer = open(this.#keyring.encryption, place, fromBlob(row.answer));
    if (!answer) throw new Error("a kept answer does not open although its record is genuine");
    return JSON.parse(decoder.decode(answer)) as object;
  }

  #placeOf(repeater: string, keyDigest: Uint8Array): Place {
    return {
      purpose: "answer",
      object: this.#object,
      table: idempotencyRecordsTable.name,
      rowId: `${repeater}\n${toHex(keyDigest)}`,
      column: "answer",
    };
  }
}
