import { ordinalOf } from "../../core/api-key/key-string.ts";

/** Uses of more keys than this between two writes are not remembered: a last use is a hint. */
const keysMax = 50_000;

interface UnwrittenUse {
  readonly id: string;
  readonly at: number;
  /** The use before it that is written. */
  readonly writtenAt: number | null;
}

/** When keys were last used: gathered in memory, written together, so that a thousand uses of a key cost one row. */
export class KeyUses {
  readonly #sql: SqlStorage;
  readonly #unwritten = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  note(id: string, at: number): void {
    if (this.#unwritten.size < keysMax || this.#unwritten.has(id)) this.#unwritten.set(id, at);
  }

  lastUsedAt(id: string): number | null {
    return this.#unwritten.get(id) ?? this.writtenAt(id);
  }

  writtenAt(id: string): number | null {
    const statement = "SELECT last_used_at FROM api_key_uses WHERE ordinal = ?";
    for (const { last_used_at } of this.#sql.exec(statement, ordinalOf(id))) return Number(last_used_at);
    return null;
  }

  forget(id: string): void {
    this.#unwritten.delete(id);
    this.#sql.exec("DELETE FROM api_key_uses WHERE ordinal = ?", ordinalOf(id));
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0;
  }

  unwritten(): UnwrittenUse[] {
    return [...this.#unwritten].map(([id, at]) => ({ id, at, writtenAt: this.writtenAt(id) }));
  }

  write(): void {
    for (const [id, at] of this.#unwritten) {
      this.#sql.exec(
        "INSERT INTO api_key_uses (ordinal, last_used_at) VALUES (?1, ?2) ON CONFLICT (ordinal) DO UPDATE SET last_used_at = ?2",
        ordinalOf(id),
        at,
      );
    }
  }

  /** Once what was written is there for good. */
  forgetWritten(): void {
    this.#unwritten.clear();
  }
}
