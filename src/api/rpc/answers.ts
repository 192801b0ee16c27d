import type { Metadata } from "../../core/api-key/api-key.ts";
import type { KeyView } from "../../core/api-key/key-view.ts";
import type { Refused, Verdict } from "../../core/api-key/verdict.ts";
import type { Fault, ProblemCode } from "../failures.ts";

type Scalar = string | number | boolean | null;
type Holding<Item> = Scalar | readonly Item[] | { readonly [member: string]: Item };

/**
 * Metadata as a sibling sees it, all five levels spelt out: the platform's types of a binding do not come to an end with
 * a type that contains itself.
 */
export type RpcMetadata = { readonly [member: string]: Holding<Holding<Holding<Holding<Scalar>>>> };

type OverRpc<View extends { readonly metadata: Metadata }> = Omit<View, "metadata"> & {
  readonly metadata: RpcMetadata;
};

/** The call itself is not right: nothing was checked, and the key counts as refused. */
export interface InvalidCall {
  readonly valid: false;
  readonly code: "invalid_request";
  readonly httpStatus: 500;
  readonly detail: string;
}

export type RpcVerdict = OverRpc<Extract<Verdict, { readonly valid: true }>> | Refused | InvalidCall;

export type IssuerCode = Extract<
  ProblemCode,
  | "invalid_request"
  | "invalid_cursor"
  | "forbidden"
  | "exceeds_grantor"
  | "key_not_found"
  | "tampered"
  | "key_revoked"
  | "key_expired"
  | "already_rotated"
  | "key_disabled"
  | "too_many_in_grace"
  | "idempotency_spent"
  | "version_mismatch"
  | "payload_too_large"
  | "idempotency_mismatch"
  | "internal_error"
  | "not_configured"
  | "storage_unavailable"
  | "overloaded"
>;

export interface RpcRefusal {
  readonly ok: false;
  readonly code: IssuerCode;
  /** What an HTTP layer should answer its own client with. */
  readonly httpStatus: number;
  readonly detail: string;
  /** Each place in the call that is wrong. */
  readonly errors?: readonly Fault[];
  /** With `forbidden`: the permission that is missing. */
  readonly permission?: string | null;
  /** With `key_not_found` and `tampered`. */
  readonly id?: string;
  /** With `already_rotated`: the id of the key that took its place. */
  readonly successor?: string;
  /** With `version_mismatch`: the version the key is in now. */
  readonly version?: number;
  /** With `not_configured`: the settings to mend. */
  readonly settings?: readonly string[];
  /** Seconds, with every httpStatus 503. */
  readonly retryAfter?: number;
}

export type RpcAnswer<Value> = { readonly ok: true; readonly value: Value } | RpcRefusal;

export type RpcKey = OverRpc<KeyView>;
export type CreatedKey = RpcKey & { readonly key: string };
export type RotatedKey = CreatedKey & { readonly replaced: RpcKey };
export type RevokedKey = RpcKey & { readonly alsoRevoked: readonly string[] };
export interface KeyPage {
  readonly items: readonly RpcKey[];
  /** Only null ends the list. */
  readonly nextCursor: string | null;
}
