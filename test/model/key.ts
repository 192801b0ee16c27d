import type { KeyView } from "../../src/core/api-key/key-view.ts";
import type { Status } from "../../src/core/api-key/lifecycle.ts";

/** What JSON can say, as far as metadata goes. */
type Json = string | number | boolean | null | { readonly [member: string]: Json };
export type Metadata = { readonly [member: string]: Json };

/** A key as the contract describes it. Deleted ones are kept: they stay what other keys come from or lead to. */
export interface ModelKey {
  readonly id: string;
  readonly keyString: string;
  readonly object: string;
  readonly predecessor: ModelKey | null;
  readonly lineage: string;
  readonly prefix: string;
  readonly recoverable: boolean;
  readonly createdAt: number;
  name: string;
  owner: string;
  scopes: readonly string[];
  metadata: Metadata;
  enabled: boolean;
  updatedAt: number;
  expiresAt: number | null;
  successor: ModelKey | null;
  graceEndsAt: number | null;
  /** Ended by an act, whatever the clock says. */
  isGraceFinished: boolean;
  isUsed: boolean;
  lastUsedAt: number | null;
  /** The last use that an eviction cannot take back. */
  writtenUseAt: number | null;
  revokedAt: number | null;
  revocationReason: string | null;
  revocationNote: string | null;
  version: number;
  isDeleted: boolean;
}

export const timestamp = (time: number): string => new Date(time).toISOString();
export const timestampOrNull = (time: number | null): string | null => (time === null ? null : timestamp(time));

export const objectOfId = (id: string): string => `shard-${id.slice(12, 14)}`;

export const isGraceOver = (key: ModelKey, now: number): boolean =>
  key.successor !== null && (key.isGraceFinished || (key.graceEndsAt !== null && now > key.graceEndsAt));

const isExpired = (key: ModelKey, now: number): boolean => key.expiresAt !== null && now > key.expiresAt;

export const statusOf = (key: ModelKey, now: number): Status => {
  if (key.revokedAt !== null) return "revoked";
  if (isExpired(key, now)) return "expired";
  if (isGraceOver(key, now)) return "rotated";
  if (!key.enabled) return "disabled";
  return key.successor === null ? "active" : "rotating";
};

/** A disabled key is in its grace as well: enabling would let it be used again. */
export const isInGrace = (key: ModelKey, now: number): boolean =>
  key.successor !== null && key.revokedAt === null && !isExpired(key, now) && !isGraceOver(key, now);

export const validUntil = (key: ModelKey): number | null => {
  const ends = [key.expiresAt, key.graceEndsAt].filter((end) => end !== null);
  return ends.length === 0 ? null : Math.min(...ends);
};

export const viewOf = (key: ModelKey, now: number): KeyView => ({
  id: key.id,
  lineage: key.lineage,
  name: key.name,
  owner: key.owner,
  prefix: key.prefix,
  hint: `${key.prefix}_...${key.keyString.slice(-4)}`,
  status: statusOf(key, now),
  enabled: key.enabled,
  scopes: key.scopes,
  metadata: key.metadata,
  recoverable: key.recoverable,
  createdAt: timestamp(key.createdAt),
  updatedAt: timestamp(key.updatedAt),
  expiresAt: timestampOrNull(key.expiresAt),
  lastUsedAt: timestampOrNull(key.lastUsedAt),
  rotation: {
    predecessor: key.predecessor?.id ?? null,
    successor: key.successor?.id ?? null,
    graceEndsAt: timestampOrNull(key.graceEndsAt),
  },
  revokedAt: timestampOrNull(key.revokedAt),
  revocationReason: key.revocationReason,
  revocationNote: key.revocationNote,
  version: key.version,
});

/** RFC 7396. */
export const mergePatch = (target: Metadata, patch: Metadata): Metadata => {
  const merged: Record<string, Json> = { ...target };
  for (const [member, value] of Object.entries(patch)) {
    const present = merged[member];
    if (value === null) delete merged[member];
    else if (typeof value !== "object") merged[member] = value;
    else merged[member] = mergePatch(typeof present === "object" && present !== null ? present : {}, value);
  }
  return merged;
};
