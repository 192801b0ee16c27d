import type { Admin } from "./access/admin.ts";
import type { Role } from "./access/role.ts";
import type { ApiKey, Json, StoredApiKey } from "./api-key/api-key.ts";

export type EventType =
  | "key.created"
  | "key.updated"
  | "key.rotated"
  | "key.rotation_finished"
  | "key.rotation_cancelled"
  | "key.revoked"
  | "key.deleted"
  | "key.revealed"
  | "key.secret_replayed"
  | "key.tampered"
  | "admin.created"
  | "admin.updated"
  | "admin.rotated"
  | "admin.revoked"
  | "admin.recovered"
  | "role.saved"
  | "role.deleted"
  | "setup.completed"
  | "access.refused"
  | "access.refusals_suppressed"
  | "system.reencrypt_started"
  | "system.reencrypt_finished";

interface EventSubject {
  readonly kind: "key" | "admin" | "role" | "system";
  readonly id: string;
  readonly lineage?: string;
  readonly owner?: string;
  readonly prefix?: string;
}

export type Changes = { readonly [field: string]: { readonly from: Json; readonly to: Json } };

/** What a use case has to tell; who did it, when, and the place in the chain are added where it is stored. Never a secret. */
export interface AuditEvent {
  readonly type: EventType;
  readonly subject: EventSubject;
  readonly changes?: Changes;
  readonly reason?: string | null;
  readonly note?: string | null;
}

type Told = { readonly [field: string]: Json };

/** The fields that became different, in the form in which they are told. */
export const differences = (before: Told, after: Told): Changes =>
  Object.fromEntries(
    Object.entries(after)
      .map(([field, to]) => [field, { from: before[field] ?? null, to }] as const)
      .filter(([, { from, to }]) => JSON.stringify(from) !== JSON.stringify(to)),
  );

export const subjectOfAdmin = ({ id, lineage }: Admin): EventSubject => ({ kind: "admin", id, lineage });

export const subjectOfRole = ({ name }: Role): EventSubject => ({ kind: "role", id: name });

/** Of a tampered record nothing is believed but the id it was found by: its owner may be one who should not hear of it. */
export const subjectOfStored = ({ key, tampered }: StoredApiKey): EventSubject =>
  tampered ? { kind: "key", id: key.id } : subjectOf(key);

export const subjectOf = ({ id, lineage, owner, prefix }: ApiKey): EventSubject => ({
  kind: "key",
  id,
  lineage,
  owner,
  prefix,
});
