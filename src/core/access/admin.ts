import { toTimestamp, toTimestampOrNull } from "../api-key/key-view.ts";
import { type Lifecycle, type Status, statusOf } from "../api-key/lifecycle.ts";

export interface Admin extends Lifecycle {
  readonly id: string;
  readonly lineage: string;
  readonly name: string;
  readonly hint: string;
  readonly roles: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly firstUsedAt: number | null;
  readonly revocationReason: string | null;
  readonly revocationNote: string | null;
  readonly version: number;
}

export interface StoredAdmin {
  readonly admin: Admin;
  readonly tampered: boolean;
}

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
}

export const viewOfAdmin = (admin: Admin, now: number): AdminView => ({
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
});
