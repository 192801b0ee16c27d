import { type Lifecycle, newLife } from "./lifecycle.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };
export type Metadata = { readonly [member: string]: Json };

export interface ApiKey extends Lifecycle {
  readonly id: string;
  /** The id of the first key of the chain; never changes. */
  readonly lineage: string;
  readonly name: string;
  readonly owner: string;
  readonly prefix: string;
  readonly hint: string;
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
  readonly recoverable: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly firstUsedAt: number | null;
  readonly revocationReason: string | null;
  readonly revocationNote: string | null;
  readonly version: number;
}

/** A key as it was found: tampered when the stored record is not the one that was signed. */
export interface StoredApiKey {
  readonly key: ApiKey;
  readonly tampered: boolean;
  /** Kept apart from the record, unsigned: nothing depends on it. */
  readonly lastUsedAt: number | null;
}

/** Not revoked for good: that a tampered record says so of itself is no reason to leave it alone. */
export const isLive = ({ key, tampered }: StoredApiKey): boolean => tampered || key.revokedAt === null;

export interface Revocation {
  readonly reason: string | null;
  readonly note: string | null;
}

const changed = (key: ApiKey, changes: Partial<ApiKey>, now: number): ApiKey => ({
  ...key,
  ...changes,
  updatedAt: now,
  version: key.version + 1,
});

export const revoke = (key: ApiKey, { reason, note }: Revocation, now: number): ApiKey =>
  changed(key, { revokedAt: now, revocationReason: reason, revocationNote: note }, now);

/** The old key once it has a successor. Its grace never outlasts its own expiry; no grace is a fact, not a time. */
export const replaceBy = (key: ApiKey, successor: string, graceSeconds: number, now: number): ApiKey => {
  const graceEndsAt = Math.min(now + graceSeconds * 1000, key.expiresAt ?? Number.MAX_SAFE_INTEGER);
  return changed(key, { successor, graceEndsAt, graceFinished: graceSeconds === 0 }, now);
};

/** The new key: everything its predecessor was but the secret, and not a millisecond more of life. */
export const succeedTo = (key: ApiKey, id: string, hint: string, now: number): ApiKey => ({
  ...key,
  ...newLife(now),
  id,
  hint,
  enabled: true,
  predecessor: key.id,
});

export const finishGrace = (key: ApiKey, now: number): ApiKey =>
  changed(key, { graceEndsAt: now, graceFinished: true }, now);

export const takeBackRotation = (key: ApiKey, now: number): ApiKey =>
  changed(key, { successor: null, graceEndsAt: null, graceFinished: false }, now);

export type KeyChanges = Partial<Pick<ApiKey, "name" | "owner" | "scopes" | "metadata" | "expiresAt" | "enabled">>;

/** A shortened life shortens a grace with it; a longer one never moves a grace out. */
export const update = (key: ApiKey, changes: KeyChanges, now: number): ApiKey => {
  const { expiresAt = key.expiresAt } = changes;
  const graceEndsAt = key.graceEndsAt === null ? null : Math.min(key.graceEndsAt, expiresAt ?? Number.MAX_SAFE_INTEGER);
  return changed(key, { ...changes, graceEndsAt }, now);
};
