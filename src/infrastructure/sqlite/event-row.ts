import type { Changes } from "../../core/audit-event.ts";
import type { StoredEvent } from "../../core/stored-event.ts";
import { type Field, frame } from "../crypto/frame.ts";
import { hmacSha256, toHex } from "../crypto/primitives.ts";
import { parsedOr } from "./lifecycle-columns.ts";
import { fromBlob, type Row } from "./signed-table.ts";

/** In the order they are hashed in; `hash` itself comes last and is left out. */
export const eventColumns = [
  "sequence",
  "id",
  "format",
  "at",
  "type",
  "actor_kind",
  "actor_id",
  "actor_lineage",
  "actor_name",
  "subject_kind",
  "subject_id",
  "subject_lineage",
  "subject_owner",
  "subject_prefix",
  "request_id",
  "ip",
  "changes",
  "reason",
  "note",
  "previous_hash",
] as const;

export const eventHash = (
  chainKey: Uint8Array,
  object: string,
  columns: readonly (readonly [string, Field])[],
): Uint8Array => hmacSha256(chainKey, frame(["latchkey/v1/event", object, ...columns.flat()]));

const textOrNull = (value: SqlStorageValue | undefined): string | null => (value == null ? null : String(value));

/** What only a reader of the event asks for is worked out when it is asked for. */
export const storedEventOf = (row: Row, chain: string): StoredEvent => ({
  id: String(row.id),
  at: Number(row.at),
  type: String(row.type),
  actor: {
    kind: String(row.actor_kind),
    id: textOrNull(row.actor_id),
    lineage: textOrNull(row.actor_lineage),
    name: textOrNull(row.actor_name),
  },
  subject: {
    kind: String(row.subject_kind),
    id: String(row.subject_id),
    lineage: textOrNull(row.subject_lineage),
    owner: textOrNull(row.subject_owner),
    prefix: textOrNull(row.subject_prefix),
  },
  requestId: String(row.request_id),
  ip: textOrNull(row.ip),
  get changes() {
    return row.changes == null ? null : parsedOr<Changes | null>(row.changes, null);
  },
  reason: textOrNull(row.reason),
  note: textOrNull(row.note),
  chain,
  sequence: Number(row.sequence),
  get previousHash() {
    return toHex(fromBlob(row.previous_hash));
  },
  get hash() {
    return toHex(fromBlob(row.hash));
  },
});
