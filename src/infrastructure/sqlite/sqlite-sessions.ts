import { endsAt, idleSecondsMax, type Session, type StoredSession } from "../../core/access/session.ts";
import type { Sessions } from "../../core/ports.ts";
import type { Keyring } from "../crypto/keyring.ts";
import type { ObjectState } from "./object-state.ts";
import { isSecretOf, secretColumns } from "./protected-secret.ts";
import { countProtected } from "./protection-counters.ts";
import { type Row, SignedTable, type Signing } from "./signed-table.ts";

export const sessionsTable = {
  name: "sessions",
  key: ["id"],
  columns: [
    "id",
    "format",
    "admin_id",
    "admin_lineage",
    "created_at",
    "seen_at",
    "envelope",
    "encryption_fingerprint",
    "verifier",
  ],
} as const;

const markedEveryMs = 60_000;
const seenMax = 10_000;
const clearedAtOnce = 1000;

export class SqliteSessions implements Sessions {
  readonly #table: SignedTable;
  readonly #sql: SqlStorage;
  readonly #object: string;
  readonly #keyring: Keyring;
  readonly #state: ObjectState;
  /** When each was last used: the row may be up to a minute behind. */
  readonly #seen = new Map<string, number>();

  constructor(signing: Signing, keyring: Keyring, state: ObjectState) {
    this.#table = new SignedTable(signing, sessionsTable);
    this.#sql = signing.sql;
    this.#object = signing.object;
    this.#keyring = keyring;
    this.#state = state;
  }

  findBySecret(id: string, digest: Uint8Array): StoredSession | undefined {
    const row = this.#row(id);
    return isSecretOf(this.#table, row, digest) && row ? this.#stored(row) : undefined;
  }

  ofLineage(lineage: string): readonly StoredSession[] {
    const rows = this.#table.select("WHERE admin_lineage = ? ORDER BY id", lineage);
    return [...rows].map((row) => this.#stored(row));
  }

  insert(session: Session, token: string): void {
    const place = { object: this.#object, table: sessionsTable.name, rowId: session.id };
    const secret = secretColumns(this.#keyring, place, token, false);
    countProtected(this.#state, this.#table.insert({ ...columnsOf(session), ...secret }), 1);
  }

  noteUse({ id, seenAt }: Session): void {
    if (this.#seen.size >= seenMax) this.#seen.clear();
    this.#seen.set(id, seenAt);
    const row = this.#row(id);
    if (!row || seenAt - Number(row.seen_at) < markedEveryMs) return;
    this.#table.update(row, { seen_at: seenAt }, this.#table.secretOf(row));
  }

  remove(id: string): void {
    const row = this.#row(id);
    if (!row) return;
    this.#sql.exec("DELETE FROM sessions WHERE id = ?", id);
    this.#seen.delete(id);
    countProtected(this.#state, row, -1);
  }

  get hasAny(): boolean {
    return this.#sql.exec("SELECT 1 FROM sessions LIMIT 1").toArray().length > 0;
  }

  /** Removes sessions that ended, a bounded number at a time; true when there may be more. */
  clear(now: number): boolean {
    const idleSince = now - idleSecondsMax * 1000;
    const idle = [...this.#table.select("WHERE seen_at < ? LIMIT ?", idleSince - markedEveryMs, clearedAtOnce)];
    const ended = idle.filter((row) => now > endsAt(this.#sessionOf(row)));
    for (const row of ended) this.remove(String(row.id));
    return ended.length === clearedAtOnce;
  }

  #row(id: string): Row | undefined {
    return this.#table.first("WHERE id = ?", id);
  }

  #stored(row: Row): StoredSession {
    return { session: this.#sessionOf(row), tampered: !this.#table.isGenuine(row) };
  }

  #sessionOf(row: Row): Session {
    const id = String(row.id);
    return {
      id,
      adminId: String(row.admin_id),
      adminLineage: String(row.admin_lineage),
      createdAt: Number(row.created_at),
      seenAt: Math.max(Number(row.seen_at), this.#seen.get(id) ?? 0),
    };
  }
}

const columnsOf = ({ id, adminId, adminLineage, createdAt, seenAt }: Session): Row => ({
  id,
  format: 1,
  admin_id: adminId,
  admin_lineage: adminLineage,
  created_at: createdAt,
  seen_at: seenAt,
});
