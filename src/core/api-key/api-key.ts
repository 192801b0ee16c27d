import type { Lifecycle } from "./lifecycle.ts";

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
}

export interface Revocation {
  readonly reason: string | null;
  readonly note: string | null;
}

export const revoke = (key: ApiKey, { reason, note }: Revocation, now: number): ApiKey => ({
  ...key,
  revokedAt: now,
  revocationReason: reason,
  revocationNote: note,
  updatedAt: now,
  version: key.version + 1,
});
