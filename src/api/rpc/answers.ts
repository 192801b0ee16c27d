import type { KeyView } from "../../core/api-key/key-view.ts";
import type { Fault } from "../failures.ts";

export interface RpcRefusal {
  readonly ok: false;
  readonly code: string;
  /** What an HTTP layer should answer its own client with. */
  readonly httpStatus: number;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  /** Facts of the refusal, such as `successor` or `version`. */
  readonly [fact: string]: unknown;
}

export type RpcAnswer<Value> = { readonly ok: true; readonly value: Value } | RpcRefusal;

export type CreatedKey = KeyView & { readonly key: string };
export type RotatedKey = CreatedKey & { readonly replaced: KeyView };
export type RevokedKey = KeyView & { readonly alsoRevoked: readonly string[] };
export interface KeyPage {
  readonly items: readonly KeyView[];
  readonly nextCursor: string | null;
}

interface OnOne {
  readonly id: string;
  /** With it, anybody else's key does not exist. */
  readonly owner?: string;
}

interface Repeatable {
  readonly idempotencyKey?: string;
}

export interface CreateCall extends Repeatable {
  readonly name: string;
  readonly owner: string;
  readonly scopes?: readonly string[];
  readonly prefix?: string;
  readonly expiresAt?: string;
  readonly expiresInSeconds?: number;
  readonly metadata?: object;
  readonly enabled?: boolean;
  readonly recoverable?: boolean;
}

export interface ListCall {
  readonly limit?: number;
  readonly cursor?: string;
  readonly owner?: string | readonly string[];
  readonly status?: string | readonly string[];
  readonly prefix?: string | readonly string[];
  readonly scope?: string | readonly string[];
  readonly lineage?: string;
  readonly q?: string;
}

export type GetCall = OnOne;

export interface RotateCall extends OnOne, Repeatable {
  readonly graceSeconds?: number;
  readonly ifVersion?: number;
}

export interface RevokeCall extends OnOne, Repeatable {
  readonly reason?: string;
  readonly note?: string;
  readonly lineage?: boolean;
  readonly ifVersion?: number;
}
