import type { Caller } from "../core/access/caller.ts";
import type { Failure } from "../core/use-cases.ts";
import type { ProblemFact } from "./problem-answer.ts";

/** One place in a request that is wrong. */
export interface Fault {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly header?: string;
  readonly code: string;
  readonly detail: string;
}

/** Codes that the API itself answers with, before or beside any command. */
type OwnCode =
  | "invalid_request"
  | "invalid_cursor"
  | "multiple_credentials"
  | "secret_in_url"
  | "missing_credential"
  | "forbidden"
  | "csrf"
  | "wrong_prefix"
  | "insufficient_scope"
  | "gateway_misconfigured"
  | "session_not_found"
  | "not_found"
  | "method_not_allowed"
  | "payload_too_large"
  | "unsupported_media_type"
  | "internal_error";

export type ProblemCode = OwnCode | Failure["code"];

export interface Problem {
  readonly code: ProblemCode;
  readonly detail?: string;
  readonly errors?: readonly Fault[];
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Whom it was said to, where that is worth an event; never a part of the answer. */
  readonly refused?: Caller;
}

interface Meaning {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** What it may tell beside the words of every problem. */
  readonly facts?: readonly ProblemFact[];
}

/** What every code means over HTTP. The only place that knows both: a code without a line here does not compile. */
export const meanings: Readonly<Record<ProblemCode, Meaning>> = {
  invalid_request: { status: 400, title: "The request is not valid", detail: "`errors` names each place." },
  expiry_in_the_past: { status: 400, title: "The request is not valid", detail: "`errors` names each place." },
  invalid_metadata: { status: 400, title: "The request is not valid", detail: "`errors` names each place." },
  invalid_span: { status: 400, title: "The request is not valid", detail: "`errors` names each place." },
  unknown_roles: { status: 400, title: "The request is not valid", detail: "`errors` names each place." },
  invalid_cursor: {
    status: 400,
    title: "The cursor is not valid here",
    detail: "A cursor is good only for the list, the filters and the rights it was made with: start again without it.",
  },
  multiple_credentials: {
    status: 400,
    title: "More than one credential",
    detail: "Send the key in Authorization or in X-API-Key, or one session cookie: not two different ones.",
  },
  secret_in_url: {
    status: 400,
    title: "A key stands in the URL",
    detail: "URLs are logged on their way: send the key in a header or in the body, and revoke this one if it is real.",
  },
  missing_credential: {
    status: 401,
    title: "No credential",
    detail: "Send an admin key: `Authorization: Bearer <key>` or `X-API-Key: <key>`.",
  },
  invalid_credential: {
    status: 401,
    title: "The credential is not good",
    detail: "It is not a live admin key, nor a session of one.",
    facts: ["reason"],
  },
  forbidden: {
    status: 403,
    title: "Not allowed",
    detail: "None of your roles gives you this right.",
    facts: ["permission"],
  },
  exceeds_grantor: {
    status: 403,
    title: "More than you hold",
    detail:
      "Nobody grants what they do not hold: one of your roles must itself allow this, with its owner, prefix and scopes; for an admin or a role, every right of it.",
  },
  csrf: {
    status: 403,
    title: "Not from our own page",
    detail: "A session cookie works only for pages of this very origin: send an admin key in a header instead.",
  },
  wrong_prefix: { status: 403, title: "Not this kind of key", detail: "Keys of this prefix are not taken here." },
  insufficient_scope: {
    status: 403,
    title: "The key may not do this",
    detail: "`missing` names the scopes that the key lacks.",
    facts: ["missing"],
  },
  not_found: { status: 404, title: "No such route", detail: "There is nothing at this path." },
  admin_not_found: { status: 404, title: "No such admin", detail: "There is no admin of this id.", facts: ["id"] },
  role_not_found: { status: 404, title: "No such role", detail: "There is no role of this name.", facts: ["name"] },
  session_not_found: {
    status: 404,
    title: "No session",
    detail: "The request came with an admin key, not with the cookie of a session.",
  },
  key_not_found: {
    status: 404,
    title: "No such key",
    detail: "There is no key of this id that you may see.",
    facts: ["id"],
  },
  method_not_allowed: { status: 405, title: "Not with this method", detail: "`Allow` names the methods of this path." },
  tampered: {
    status: 409,
    title: "The record was tampered with",
    detail: "What is stored is not what was signed: revoke or delete it, and look for who can write to the store.",
    facts: ["id"],
  },
  key_revoked: { status: 409, title: "The key is revoked", detail: "A revocation is for good: create a new key." },
  key_expired: {
    status: 409,
    title: "The key is expired",
    detail: "Extend it first: PATCH its expiresAt.",
  },
  key_rotated: {
    status: 409,
    title: "The key is rotated",
    detail: "Its grace is over and nothing brings it back: act on its successor.",
  },
  key_disabled: { status: 409, title: "The key is disabled", detail: "Enable it first: PATCH enabled to true." },
  key_still_live: {
    status: 409,
    title: "The key is still live",
    detail: "Only a revoked, expired or rotated key can be deleted: revoke it first.",
    facts: ["keyStatus"],
  },
  already_rotated: {
    status: 409,
    title: "Already rotated",
    detail: "`successor` took its place: rotate that one.",
    facts: ["successor"],
  },
  too_many_in_grace: {
    status: 409,
    title: "Too many in grace",
    detail: "50 keys of this lineage are in grace: finish a rotation, or revoke an old key, before the next.",
  },
  version_mismatch: {
    status: 412,
    title: "Not this version",
    detail: "The resource changed since you read it; it is in `version` now. Read it again, then decide.",
    facts: ["version"],
  },
  not_rotating: { status: 409, title: "Not rotating", detail: "The key has no successor, or its grace is over." },
  successor_rotated: {
    status: 409,
    title: "The successor was rotated too",
    detail: "Cancel the rotation of `successor` first.",
    facts: ["successor"],
  },
  successor_in_use: {
    status: 409,
    title: "The successor is in use",
    detail: "Somebody already works with it; to revoke it all the same, send `force`: true.",
    facts: ["successor"],
  },
  not_recoverable: {
    status: 409,
    title: "The secret was not kept",
    detail: "The key was created with `recoverable`: false: rotate it to get a new secret.",
  },
  last_owner: {
    status: 409,
    title: "The last owner",
    detail: "One owner must stay who is enabled, not revoked, not in grace and without expiry: make another one first.",
  },
  built_in_role: {
    status: 409,
    title: "A built-in role",
    detail: "It cannot be changed: make a role of another name.",
    facts: ["name"],
  },
  role_in_use: {
    status: 409,
    title: "The role is in use",
    detail:
      "An admin holds it, a dead one perhaps, of whom it cannot be taken: save it with fewer permissions instead.",
    facts: ["name"],
  },
  not_set_up: { status: 409, title: "Not set up", detail: "There was no owner yet: `POST /v1/setup` makes the first." },
  recovery_spent: {
    status: 409,
    title: "This recovery token was used",
    detail: "Each works once: take it away, and set a new one should you need it.",
  },
  already_set_up: {
    status: 409,
    title: "Already set up",
    detail: "The first owner exists: ask an owner for an admin key.",
  },
  idempotency_mismatch: {
    status: 422,
    title: "Another request had this Idempotency-Key",
    detail: "The key was used for a request with another method, path or body: take a new one for a new request.",
  },
  idempotency_spent: {
    status: 409,
    title: "The answer is gone",
    detail: "The key of that request was revoked or deleted since, so its answer is not given out again.",
  },
  payload_too_large: {
    status: 413,
    title: "The body is too large",
    detail: "A body may take 64 KiB at most, for many keys at once 1 MiB.",
  },
  unsupported_media_type: {
    status: 415,
    title: "Not JSON",
    detail:
      "Send the body as UTF-8 with `Content-Type: application/json`, a PATCH also as `application/merge-patch+json`.",
  },
  internal_error: {
    status: 500,
    title: "A fault of ours",
    detail: "Look before you repeat it. The log tells more under this request id.",
  },
  not_configured: {
    status: 503,
    title: "Not configured",
    detail: "`GET /readyz` names what is missing or wrong.",
    facts: ["settings", "problems"],
  },
  shards_lowered: { status: 503, title: "Not configured", detail: "SHARDS may only grow." },
  gateway_misconfigured: {
    status: 503,
    title: "The gateway is not set up right",
    detail:
      "It is no fault of the gateway's client. `errors` names what is wrong with the gateway's part of the request.",
  },
  storage_unavailable: {
    status: 503,
    title: "The store does not answer",
    detail: "Try again in a moment.",
  },
  overloaded: { status: 503, title: "Too much at once", detail: "Try again later, and slower." },
};

/** What the outside calls it, where a use case has a finer name. */
const wireCodes: Partial<Record<ProblemCode, ProblemCode>> = {
  expiry_in_the_past: "invalid_request",
  invalid_span: "invalid_request",
  unknown_roles: "invalid_request",
  invalid_metadata: "invalid_request",
  shards_lowered: "not_configured",
};

export const wireCodeOf = (code: ProblemCode): ProblemCode => wireCodes[code] ?? code;

/** A refusal of the core as a problem: its facts are told, its code decides the rest. */
export const problemOf = (failure: Failure): Problem => {
  const { code, ...facts } = failure;
  if (failure.code === "invalid_metadata") {
    const { detail } = failure;
    return { code, errors: [{ pointer: "#/metadata", code: "invalid", detail }] };
  }
  if (failure.code === "unknown_roles") {
    const errors = failure.roles.map((name) => ({
      pointer: "#/roles",
      code: "role_not_found",
      detail: `there is no role ${name}`,
    }));
    return { code, errors };
  }
  if (failure.code === "invalid_span") {
    return { code, errors: [{ parameter: failure.parameter, code: "invalid", detail: `must ${failure.must}` }] };
  }
  if (code === "expiry_in_the_past") {
    return { code, errors: [{ pointer: "#/expiresAt", code: "in_the_past", detail: "must be in the future" }] };
  }
  if ("detail" in facts) {
    const { detail, ...others } = facts;
    return { code, detail, facts: others };
  }
  return { code, facts };
};
