import type { ApiKey, Metadata } from "../../core/api-key/api-key.ts";
import { ordinalOf } from "../../core/api-key/key-string.ts";
import { lifecycleColumns, lifecycleOf, listOr, objectOr } from "./lifecycle-columns.ts";
import type { Row } from "./signed-table.ts";

export const apiKeysTable = {
  name: "api_keys",
  key: ["ordinal"],
  columns: [
    "ordinal",
    "id",
    "format",
    "lineage",
    "name",
    "owner",
    "prefix",
    "hint",
    "scopes",
    "metadata",
    "recoverable",
    "enabled",
    "created_at",
    "updated_at",
    "expires_at",
    "predecessor",
    "successor",
    "grace_ends_at",
    "grace_finished",
    "first_used_at",
    "revoked_at",
    "revocation_reason",
    "revocation_note",
    "version",
    "envelope",
    "encryption_fingerprint",
    "verifier",
  ],
} as const;

export const columnsOf = (key: ApiKey): Row => ({
  ordinal: ordinalOf(key.id),
  id: key.id,
  format: 1,
  lineage: key.lineage,
  name: key.name,
  owner: key.owner,
  prefix: key.prefix,
  hint: key.hint,
  scopes: JSON.stringify(key.scopes),
  metadata: JSON.stringify(key.metadata),
  recoverable: key.recoverable ? 1 : 0,
  ...lifecycleColumns(key),
});

export const apiKeyOf = (row: Row): ApiKey => ({
  id: String(row.id),
  lineage: String(row.lineage),
  name: String(row.name),
  owner: String(row.owner),
  prefix: String(row.prefix),
  hint: String(row.hint),
  scopes: listOr(row.scopes),
  metadata: objectOr<Metadata>(row.metadata, {}),
  recoverable: row.recoverable === 1,
  ...lifecycleOf(row),
});
