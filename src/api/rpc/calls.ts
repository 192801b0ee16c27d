import * as z from "zod/mini";
import type { Status } from "../../core/api-key/lifecycle.ts";
import { ownerValue } from "../routes/key-values.ts";
import { text } from "../schema.ts";
import type { RpcMetadata } from "./answers.ts";

/** What a sibling Worker asks about a key. */
export interface ValidationCall {
  readonly key: string;
  /** All of these are needed. */
  readonly scopes?: readonly string[];
  /** One of these is needed. */
  readonly anyScope?: readonly string[];
  /** Globs; the prefix of the key must match one. */
  readonly prefixes?: readonly string[];
  readonly ip?: string;
}

interface OnOne {
  readonly id: string;
  /** With it, anybody else's key does not exist. */
  readonly owner?: string;
}

interface Repeatable {
  /** 1 to 255 visible characters: the same call again gets the same answer for 24 hours, its secret included. */
  readonly idempotencyKey?: string;
}

export interface CreateCall extends Repeatable {
  readonly name: string;
  readonly owner: string;
  readonly scopes?: readonly string[];
  readonly prefix?: string;
  readonly expiresAt?: string;
  readonly expiresInSeconds?: number;
  readonly metadata?: RpcMetadata;
  readonly enabled?: boolean;
  readonly recoverable?: boolean;
}

type OneOrMore<Value> = Value | readonly Value[];

export interface ListCall {
  readonly limit?: number;
  readonly cursor?: string;
  readonly owner?: OneOrMore<string>;
  readonly status?: OneOrMore<Status>;
  readonly prefix?: OneOrMore<string>;
  readonly scope?: OneOrMore<string>;
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

const notAnObject = "must be an object";
const id = z.string("must be the id of a key");
const owner = z.optional(ownerValue);
const idempotencyKey = z.optional(text((key) => /^[\x21-\x7e]{1,255}$/.test(key), "1 to 255 visible characters"));
const ifVersion = z.optional(z.int("must be a version").check(z.minimum(1, "must be a version")));

const some = "must be a text, or a list that holds one at least";
const oneOrMore = z.optional(z.union([z.string(), z.array(z.string()).check(z.minLength(1))], some));

/** What a call has beside the members of the route's body, which the route checks; of a list, the form of its query. */
export const callSchemas = {
  create: z.looseObject({ idempotencyKey }, notAnObject),
  list: z.strictObject(
    {
      limit: z.optional(z.int("must be a whole number from 1 to 200")),
      cursor: z.optional(z.string("must be a text")),
      owner: oneOrMore,
      status: oneOrMore,
      prefix: oneOrMore,
      scope: oneOrMore,
      lineage: z.optional(z.string("must be the id of a key")),
      q: z.optional(z.string("must be a text")),
    },
    notAnObject,
  ),
  get: z.looseObject({ id, owner }, notAnObject),
  rotate: z.looseObject({ id, owner, idempotencyKey, ifVersion }, notAnObject),
  revoke: z.looseObject({ id, owner, idempotencyKey, ifVersion }, notAnObject),
} as const;

/** A call as far as its schema goes. */
export interface CheckedCall {
  readonly id?: string;
  readonly owner?: string | readonly string[] | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly ifVersion?: number | undefined;
}
