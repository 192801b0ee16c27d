import type { LivingRecord } from "../../core/api-key/living-record.ts";
import type { Row } from "./signed-table.ts";

/** Everything of a living record but what names it. */
type Life = Omit<LivingRecord, "id" | "lineage">;

type Value = SqlStorageValue | undefined;

const numberOrNull = (value: Value): number | null => (value == null ? null : Number(value));
const textOrNull = (value: Value): string | null => (value == null ? null : String(value));

/** Text that is no longer JSON stands in a row that is no longer genuine; it reads as the emptiest value. */
export const parsedOr = <Parsed>(text: Value, emptiest: Parsed): Parsed => {
  try {
    return JSON.parse(String(text)) as Parsed;
  } catch {
    return emptiest;
  }
};

export const objectOr = <Shape extends object>(text: Value, emptiest: Shape): Shape => {
  const value = parsedOr<unknown>(text, emptiest);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Shape) : emptiest;
};

export const listOr = (text: Value): string[] => {
  const list = parsedOr<unknown>(text, []);
  return Array.isArray(list) ? list.filter((entry) => typeof entry === "string") : [];
};

export const lifecycleColumns = (record: Life): Row => ({
  enabled: record.enabled ? 1 : 0,
  created_at: record.createdAt,
  updated_at: record.updatedAt,
  expires_at: record.expiresAt,
  predecessor: record.predecessor,
  successor: record.successor,
  grace_ends_at: record.graceEndsAt,
  grace_finished: record.graceFinished ? 1 : 0,
  first_used_at: record.firstUsedAt,
  revoked_at: record.revokedAt,
  revocation_reason: record.revocationReason,
  revocation_note: record.revocationNote,
  version: record.version,
});

export const lifecycleOf = (row: Row): Life => ({
  enabled: row.enabled === 1,
  createdAt: Number(row.created_at),
  updatedAt: Number(row.updated_at),
  expiresAt: numberOrNull(row.expires_at),
  predecessor: textOrNull(row.predecessor),
  successor: textOrNull(row.successor),
  graceEndsAt: numberOrNull(row.grace_ends_at),
  graceFinished: row.grace_finished === 1,
  firstUsedAt: numberOrNull(row.first_used_at),
  revokedAt: numberOrNull(row.revoked_at),
  revocationReason: textOrNull(row.revocation_reason),
  revocationNote: textOrNull(row.revocation_note),
  version: Number(row.version),
});
