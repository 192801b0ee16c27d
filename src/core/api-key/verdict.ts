import type { Metadata } from "./api-key.ts";

/** What is asked of a key that somebody presented. */
export interface ValidationRequest {
  readonly key: string;
  readonly scopes: readonly string[];
  readonly anyScope: readonly string[];
  /** Globs; none means any prefix. */
  readonly prefixes: readonly string[];
}

/** The status an HTTP layer should answer with when it refuses a request because of this verdict. */
const httpStatuses = {
  malformed: 401,
  wrong_prefix: 403,
  unknown: 401,
  tampered: 401,
  revoked: 401,
  expired: 401,
  rotated: 401,
  disabled: 401,
  insufficient_scope: 403,
  unavailable: 503,
} as const;

export type RefusedCode = keyof typeof httpStatuses;

export type Warning = { readonly code: "rotating"; readonly successor: string; readonly graceEndsAt: string };

interface Accepted {
  readonly valid: true;
  readonly code: "valid";
  readonly id: string;
  readonly lineage: string;
  readonly owner: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
  readonly expiresAt: string | null;
  readonly validUntil: string | null;
  readonly warnings: readonly Warning[];
}

/** Before the secret has matched there are no facts: nothing tells whether the id exists. */
export interface Refused {
  readonly valid: false;
  readonly code: RefusedCode;
  readonly httpStatus: 401 | 403 | 503;
  readonly id?: string;
  readonly lineage?: string;
  readonly revokedAt?: string | null;
  readonly expiresAt?: string | null;
  readonly graceEndsAt?: string | null;
  readonly successor?: string | null;
  readonly missing?: readonly string[];
  readonly retryAfter?: number;
}

export type Verdict = Accepted | Refused;

export const refusedVerdict = (code: RefusedCode): Refused => ({ valid: false, code, httpStatus: httpStatuses[code] });
