import { changed, type LivingRecord } from "./living-record.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };
export type Metadata = { readonly [member: string]: Json };

export interface ApiKey extends LivingRecord {
  readonly name: string;
  readonly owner: string;
  readonly prefix: string;
  readonly hint: string;
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
  readonly recoverable: boolean;
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

export const finishGrace = (key: ApiKey, now: number): ApiKey =>
  changed(key, { graceEndsAt: now, graceFinished: true }, now);

export const takeBackRotation = (key: ApiKey, now: number): ApiKey =>
  changed(key, { successor: null, graceEndsAt: null, graceFinished: false }, now);

export type KeyChanges = Partial<Pick<ApiKey, "name" | "owner" | "scopes" | "metadata" | "expiresAt" | "enabled">>;
