import { ordinalOf } from "../../core/api-key/key-string.ts";
import type { Row } from "./signed-table.ts";

/** Events of these types leave a mark in the record of their key. */
const marking = [
  "key.updated",
  "key.rotated",
  "key.rotation_finished",
  "key.rotation_cancelled",
  "key.revoked",
  "key.deleted",
];

/** An act takes its time first and appends its events last. */
const longestActMs = 10_000;

/**
 * Whether the record of a key gives the lie to an event about it: it is there although it was deleted, not revoked although
 * it was, or last changed before the event that changed it. Then somebody put an older one back.
 */
export const isBelied = (sql: SqlStorage, { type, at, subject_kind, subject_id }: Row): boolean => {
  if (subject_kind !== "key" || !marking.includes(String(type))) return false;
  const id = String(subject_id);
  const statement = "SELECT updated_at, revoked_at FROM api_keys WHERE ordinal = ? AND id = ?";
  for (const { updated_at, revoked_at } of sql.exec(statement, ordinalOf(id), id)) {
    const isRevived = type === "key.deleted" || (type === "key.revoked" && revoked_at === null);
    return isRevived || Number(updated_at) < Number(at) - longestActMs;
  }
  return false;
};
