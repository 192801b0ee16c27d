import { toTimestamp, toTimestampOrNull } from "../api-key/key-view.ts";
import { type Status, statusOf } from "../api-key/lifecycle.ts";
import type { LivingRecord } from "../api-key/living-record.ts";

export interface Admin extends LivingRecord {
  readonly name: string;
  readonly hint: string;
  readonly roles: readonly string[];
}

export interface StoredAdmin {
  readonly admin: Admin;
  readonly tampered: boolean;
}

/** An owner who can be counted on: nothing but an act, and no passing of time, ends what this one may do. */
export const isLastingOwner = ({ roles, enabled, revokedAt, successor, expiresAt }: Admin): boolean =>
  roles.includes("owner") && enabled && revokedAt === null && successor === null && expiresAt === null;

export interface AdminView {
  readonly id: string;
  readonly lineage: string;
  readonly name: string;
  readonly hint: string;
  readonly roles: readonly string[];
  readonly status: Status;
  readonly enabled: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expiresAt: string | null;
  readonly rotation: {
    readonly predecessor: string | null;
    readonly successor: string | null;
    readonly graceEndsAt: string | null;
  };
  readonly revokedAt: string | null;
  readonly revocationReason: string | null;
  readonly revocationNote: string | null;
  readonly version: number;
  readonly tampered?: true;
}

export const viewOfAdmin = ({ admin, tampered }: StoredAdmin, now: number): AdminView => ({
  id: admin.id,
  lineage: admin.lineage,
  name: admin.name,
  hint: admin.hint,
  roles: admin.roles,
  status: statusOf(admin, now),
  enabled: admin.enabled,
  createdAt: toTimestamp(admin.createdAt),
  updatedAt: toTimestamp(admin.updatedAt),
  expiresAt: toTimestampOrNull(admin.expiresAt),
  rotation: {
    predecessor: admin.predecessor,
    successor: admin.successor,
    graceEndsAt: toTimestampOrNull(admin.graceEndsAt),
  },
  revokedAt: toTimestampOrNull(admin.revokedAt),
  revocationReason: admin.revocationReason,
  revocationNote: admin.revocationNote,
  version: admin.version,
  ...(tampered ? { tampered: true } : {}),
});
