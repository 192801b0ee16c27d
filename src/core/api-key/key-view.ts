import type { ApiKey, Metadata, StoredApiKey } from "./api-key.ts";
import { type Status, statusOf } from "./lifecycle.ts";

/** The first and the last millisecond whose year has four digits, as RFC 3339 wants it. */
const earliest = -62_167_219_200_000;
const latest = 253_402_300_799_999;

/** A time beyond them stands only in a record that was tampered with; it is shown as the nearest one. */
export const toTimestamp = (time: number): string => new Date(Math.max(earliest, Math.min(latest, time))).toISOString();
export const toTimestampOrNull = (time: number | null): string | null => (time === null ? null : toTimestamp(time));

/** A key as everybody outside sees it: never its secret, nor anything made from the secret but four characters of its crc. */
export interface KeyView {
  readonly id: string;
  readonly lineage: string;
  readonly name: string;
  readonly owner: string;
  readonly prefix: string;
  readonly hint: string;
  readonly status: Status;
  readonly enabled: boolean;
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
  readonly recoverable: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
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

const viewOfKey = ({ key, lastUsedAt }: StoredApiKey, now: number): KeyView => ({
  id: key.id,
  lineage: key.lineage,
  name: key.name,
  owner: key.owner,
  prefix: key.prefix,
  hint: key.hint,
  status: statusOf(key, now),
  enabled: key.enabled,
  scopes: key.scopes,
  metadata: key.metadata,
  recoverable: key.recoverable,
  createdAt: toTimestamp(key.createdAt),
  updatedAt: toTimestamp(key.updatedAt),
  expiresAt: toTimestampOrNull(key.expiresAt),
  lastUsedAt: toTimestampOrNull(lastUsedAt),
  rotation: {
    predecessor: key.predecessor,
    successor: key.successor,
    graceEndsAt: toTimestampOrNull(key.graceEndsAt),
  },
  revokedAt: toTimestampOrNull(key.revokedAt),
  revocationReason: key.revocationReason,
  revocationNote: key.revocationNote,
  version: key.version,
});

export const viewOf = (stored: StoredApiKey, now: number): KeyView =>
  stored.tampered ? { ...viewOfKey(stored, now), tampered: true } : viewOfKey(stored, now);

/** A key that was just made. */
export const viewOfNew = (key: ApiKey, now: number): KeyView => viewOf({ key, tampered: false, lastUsedAt: null }, now);
