import { customAlphabet } from "nanoid";
import type { Actor, Caller } from "../../core/access/caller.ts";
import { base62Digits } from "../../core/api-key/base62.ts";
import type { AuditEvent, EventType } from "../../core/audit-event.ts";
import type { Events } from "../../core/ports.ts";
import { eventColumns, eventHash } from "./event-row.ts";
import type { ObjectState } from "./object-state.ts";
import { type Row, toBlob } from "./signed-table.ts";

const eventId = customAlphabet(base62Digits, 20);
/** How far back one look for an earlier event goes; what is older counts as long ago. */
const lookBackRowsMax = 10_000;
const tamperingsMax = 1000;

const actorColumns = (actor: Actor): Row => ({
  actor_kind: actor.kind,
  actor_id: actor.kind === "admin" ? actor.id : null,
  actor_lineage: actor.kind === "admin" ? actor.lineage : null,
  actor_name: "name" in actor ? actor.name : null,
});

/** One hash chain per object: each event carries the hash of the one before, the newest is kept in the state's head. */
export class SqliteEvents implements Events {
  readonly #sql: SqlStorage;
  readonly #object: string;
  readonly #state: ObjectState;
  /** When which key was last reported: spares the look back for a key that is asked for again and again. */
  readonly #tamperings = new Map<string, number>();

  constructor(sql: SqlStorage, object: string, state: ObjectState) {
    this.#sql = sql;
    this.#object = object;
    this.#state = state;
  }

  append(event: AuditEvent, caller: Caller): void {
    const sequence = this.#state.sequence + 1;
    const row: Row = {
      sequence,
      id: `evt_${eventId()}`,
      format: 1,
      at: this.#state.now(),
      type: event.type,
      ...actorColumns(caller.actor),
      subject_kind: event.subject.kind,
      subject_id: event.subject.id,
      subject_lineage: event.subject.lineage ?? null,
      subject_owner: event.subject.owner ?? null,
      subject_prefix: event.subject.prefix ?? null,
      request_id: caller.requestId,
      ip: caller.ip,
      changes: event.changes ? JSON.stringify(event.changes) : null,
      reason: event.reason ?? null,
      note: event.note ?? null,
      previous_hash: toBlob(this.#state.headHash),
    };
    const values = eventColumns.map((column) => row[column] ?? null);
    const hash = eventHash(
      this.#state.chainKey(),
      this.#object,
      eventColumns.map((column) => [column, row[column] ?? null]),
    );
    this.#sql.exec(
      `INSERT INTO events (${eventColumns.join(", ")}, hash) VALUES (${eventColumns.map(() => "?").join(", ")}, ?)`,
      ...values,
      toBlob(hash),
    );
    this.#state.moveHead(sequence, hash);
    if (event.type === "key.tampered") this.#noteTampering(event.subject.id, Number(row.at));
  }

  happenedSince(type: EventType, subjectId: string, since: number): boolean {
    if (type === "key.tampered" && (this.#tamperings.get(subjectId) ?? Number.NEGATIVE_INFINITY) >= since) return true;
    const rows = this.#sql.exec<{ at: number; type: string; subject_id: string }>(
      "SELECT at, type, subject_id FROM events ORDER BY sequence DESC LIMIT ?",
      lookBackRowsMax,
    );
    for (const row of rows) {
      if (row.at < since) return false;
      if (row.type === type && row.subject_id === subjectId) return true;
    }
    return false;
  }

  #noteTampering(keyId: string, at: number): void {
    if (this.#tamperings.size >= tamperingsMax) this.#tamperings.clear();
    this.#tamperings.set(keyId, at);
  }
}
