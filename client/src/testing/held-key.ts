import type { Key } from "../api-types.ts";

/** A key as the double holds it. Times are milliseconds. */
export interface HeldKey {
  readonly text: string;
  readonly id: string;
  readonly lineage: string;
  readonly name: string;
  readonly owner: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly recoverable: boolean;
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt: number | null;
  readonly predecessor: string | null;
  readonly successor: string | null;
  readonly graceEndsAt: number | null;
  /** No grace was given: the key ended with the rotation, whatever the time. */
  readonly isGraceOver: boolean;
  readonly revokedAt: number | null;
  readonly revocationReason: string | null;
  readonly revocationNote: string | null;
  readonly version: number;
  readonly isTampered: boolean;
}

export const timeOrNull = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());

/** The first that applies. A key is good in the very millisecond of its end. */
export const statusOf = (key: HeldKey, now: number) => {
  if (key.revokedAt !== null) return "revoked";
  if (key.expiresAt !== null && now > key.expiresAt) return "expired";
  if (key.successor !== null && (key.isGraceOver || now > (key.graceEndsAt ?? 0))) return "rotated";
  if (!key.enabled) return "disabled";
  return key.successor === null ? "active" : "rotating";
};

/** Its secret works, or would if the key were enabled. */
export const isInGrace = (key: HeldKey, now: number): boolean =>
  key.successor !== null && ["rotating", "disabled"].includes(statusOf(key, now));

export const viewOf = (key: HeldKey, now: number): Key => ({
  id: key.id,
  lineage: key.lineage,
  name: key.name,
  owner: key.owner,
  prefix: key.prefix,
  hint: `${key.prefix}_...${key.text.slice(-4)}`,
  status: statusOf(key, now),
  enabled: key.enabled,
  scopes: key.scopes,
  metadata: key.metadata,
  recoverable: key.recoverable,
  createdAt: new Date(key.createdAt).toISOString(),
  updatedAt: new Date(key.updatedAt).toISOString(),
  expiresAt: timeOrNull(key.expiresAt),
  lastUsedAt: null,
  rotation: { predecessor: key.predecessor, successor: key.successor, graceEndsAt: timeOrNull(key.graceEndsAt) },
  revokedAt: timeOrNull(key.revokedAt),
  revocationReason: key.revocationReason,
  revocationNote: key.revocationNote,
  version: key.version,
  ...(key.isTampered ? { tampered: true as const } : {}),
});
