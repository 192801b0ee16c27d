import type { KeptAnswer } from "../../core/kept-answer.ts";
import type { KeptAnswers } from "../../core/ports.ts";
import { open, type Place, seal } from "../crypto/envelope.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { sha256, toHex } from "../crypto/primitives.ts";
import { listOr } from "./lifecycle-columns.ts";
import type { ObjectState } from "./object-state.ts";
import { counterOf, countProtected } from "./protection-counters.ts";
import { fromBlob, type Row, SignedTable, type Signing, toBlob } from "./signed-table.ts";

export const idempotencyRecordsTable = {
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
  readonly #state: ObjectState;

  constructor(signing: Signing, keyring: Keyring, state: ObjectState) {
    this.#table = new SignedTable(signing, idempotencyRecordsTable);
    this.#sql = signing.sql;
    this.#object = signing.object;
    this.#keyring = keyring;
    this.#state = state;
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
    const place = answerPlace(this.#object, repeater, new Uint8Array(key_digest));
    this.#remove("caller = ? AND key_digest = ?", repeater, key_digest);
    const inserted = this.#table.insert({
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
    countProtected(this.#state, inserted, 1);
  }

  /** The secret of this key is dead: nothing gives it out again. */
  erase(subjectId: string): void {
    const rows = [...this.#table.select("WHERE subject_id = ? AND answer IS NOT NULL", subjectId)];
    for (const row of rows) {
      const changes = { answer: null, encryption_fingerprint: null };
      if (this.#table.isGenuine(row)) this.#table.update(row, changes, this.#table.secretOf(row));
      else this.#table.updateUnsigned(row, changes);
      this.#state.count(counterOf("encryption", String(row.encryption_fingerprint)), -1);
    }
  }

  get hasAny(): boolean {
    return this.#sql.exec("SELECT 1 FROM idempotency_records LIMIT 1").toArray().length > 0;
  }

  /** Removes what is past its day, a bounded number at a time; true when there may be more. */
  clear(now: number): boolean {
    const ended = "SELECT caller, key_digest FROM idempotency_records WHERE created_at NOT BETWEEN ? AND ? LIMIT ?";
    return (
      this.#remove(`(caller, key_digest) IN (${ended})`, now - keptMs, now + keptMs, clearedAtOnce) >= clearedAtOnce
    );
  }

  #remove(where: string, ...bindings: SqlStorageValue[]): number {
    const returned = "RETURNING encryption_fingerprint, mac_fingerprint";
    const removed = [...this.#sql.exec(`DELETE FROM idempotency_records WHERE ${where} ${returned}`, ...bindings)];
    for (const row of removed) countProtected(this.#state, row, -1);
    return removed.length;
  }

  #opened(row: Row): object {
    const place = answerPlace(this.#object, String(row.caller), fromBlob(row.key_digest));
    const answer = open(this.#keyring.encryption, place, fromBlob(row.answer));
    if (!answer) throw new Error("a kept answer does not open although its record is genuine");
    return JSON.parse(decoder.decode(answer)) as object;
  }
}

export const answerPlace = (object: string, repeater: string, keyDigest: Uint8Array): Place => ({
  purpose: "answer",
  object,
  table: idempotencyRecordsTable.name,
  rowId: `${repeater}\n${toHex(keyDigest)}`,
  column: "answer",
});
