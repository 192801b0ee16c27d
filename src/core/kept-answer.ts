/** The first answer to a request that carried an Idempotency-Key, and what the right to see it again depends on. */
export interface KeptAnswer {
  readonly requestDigest: Uint8Array;
  /** The key the answer is about; where there is a secret in it, the key of that secret. */
  readonly subjectId: string;
  readonly owner: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  /** Null once the secret in it was revoked or its key deleted. */
  readonly answer: object | null;
}
