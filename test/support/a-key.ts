import type { ApiKey } from "../../src/core/api-key/api-key.ts";
import { bareIdOf } from "../../src/core/api-key/key-string.ts";

export const idAt = (ordinal: number): string => `key_${bareIdOf(ordinal, 0, "0000000000")}`;

/** An ordinary live key, but for what a test says. */
export const aKey = (given: Partial<ApiKey> = {}): ApiKey => {
  const id = given.id ?? idAt(1_750_000_000_000);
  return {
    id,
    lineage: id,
    name: "A key",
    owner: "acct_1",
    prefix: "lk_live",
    hint: "lk_live_...0000",
    scopes: [],
    metadata: {},
    recoverable: true,
    enabled: true,
    createdAt: 1_750_000_000_000,
    updatedAt: 1_750_000_000_000,
    expiresAt: null,
    predecessor: null,
    successor: null,
    graceEndsAt: null,
    graceFinished: false,
    firstUsedAt: null,
    revokedAt: null,
    revocationReason: null,
    revocationNote: null,
    version: 1,
    ...given,
  };
};
