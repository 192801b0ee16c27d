import type {
  CreateKeyRequest,
  Fault,
  Key,
  KeyCreated,
  KeyList,
  KeyRevoked,
  KeyRotated,
  ListKeysQuery,
  RevokeKeyRequest,
  RotateKeyRequest,
} from "./api-types.ts";

export interface IssuerRefusal {
  readonly ok: false;
  /** What to decide by; by `httpStatus` where you do not know it. */
  readonly code: string;
  /** What to answer your own client with. */
  readonly httpStatus: number;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  /** Facts, such as `successor` or `version`. */
  readonly [fact: string]: unknown;
}

export type IssuerAnswer<Value> = { readonly ok: true; readonly value: Value } | IssuerRefusal;

interface OnOne {
  readonly id: string;
  /** With it, anybody else's key does not exist. */
  readonly owner?: string;
}

interface Once {
  /** The same call under the same one happens once, and gets the same answer for 24 hours. */
  readonly idempotencyKey?: string;
}

interface Conditional {
  readonly ifVersion?: number;
}

export type CreateCall = CreateKeyRequest & Once;
export type ListCall = ListKeysQuery;
export type GetCall = OnOne;
export type RotateCall = RotateKeyRequest & OnOne & Once & Conditional;
export type RevokeCall = RevokeKeyRequest & OnOne & Once & Conditional;

/** The service binding to the entrypoint `KeyIssuer`. */
export interface KeyIssuerBinding {
  create(call: CreateCall): Promise<IssuerAnswer<KeyCreated>>;
  list(call: ListCall): Promise<IssuerAnswer<KeyList>>;
  get(call: GetCall): Promise<IssuerAnswer<Key>>;
  rotate(call: RotateCall): Promise<IssuerAnswer<KeyRotated>>;
  revoke(call: RevokeCall): Promise<IssuerAnswer<KeyRevoked>>;
}
