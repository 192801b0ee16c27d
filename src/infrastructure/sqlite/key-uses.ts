import { ordinalOf } from "../../core/api-key/key-string.ts";

/** When keys were last used: gathered in memory, written together, so that a thousand uses of a key cost one row. */
export class KeyUses {
  readonly #sql: SqlStorage;
  readonly #unwritten = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  note(id: string, at: number): void {
    this.#unwritten.set(id, at);
  }

  lastUsedAt(id: string): number | null {
    const unwritten = this.#unwritten.get(id);
    if (unwritten !== undefined) return unwritten;
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
