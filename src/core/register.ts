/** How many shards new keys were ever spread over: the first number recorded, which never changes, and the greatest. */
export interface ShardCounts {
  readonly first: number;
  readonly mark: number;
}

/** An HMAC primary that made tags, its tag sub-key sealed under the encryption key. */
export interface RetiredTagKey {
  readonly fingerprint: string;
  readonly sealed: Uint8Array;
}

/** What the admin object knows and every Worker needs: which secrets are the adopted ones, and which shards exist. */
export interface Register {
  readonly encryption: string | null;
  readonly hmac: string | null;
  readonly tagKeys: readonly RetiredTagKey[];
  readonly shards: ShardCounts | null;
}

/** The fingerprints of the secrets somebody is about to write with. */
export interface Primaries {
  readonly encryption: string;
  readonly hmac: string;
}

export type SecretKind = "encryption" | "hmac";

/** A secret that an object has written under. */
export interface AdoptedSecret {
  readonly kind: SecretKind;
  readonly fingerprint: string;
  /** Null where records are under it that no record of its adoption tells of. */
  readonly adoptedAt: number | null;
  /** Everything was looked at, and nothing is under it any more. */
  readonly isRetired: boolean;
  readonly records: number;
}
