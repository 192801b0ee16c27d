import { expect } from "vitest";
import { type AnyAnswer, expectProblem } from "./problems.ts";
import type { RouteCase } from "./route-examples.ts";

/** Every refusal that a request can bring about, as the contract has it. */
const codesByStatus: Readonly<Record<number, readonly string[]>> = {
  400: ["invalid_request", "invalid_cursor", "multiple_credentials", "secret_in_url"],
  401: ["missing_credential", "invalid_credential"],
  403: ["forbidden", "exceeds_grantor", "csrf"],
  404: ["not_found", "key_not_found", "admin_not_found", "role_not_found", "session_not_found"],
  405: ["method_not_allowed"],
  409: [
    ...["key_revoked", "key_expired", "key_rotated", "key_disabled", "key_still_live", "already_rotated", "tampered"],
    ...["not_rotating", "successor_rotated", "successor_in_use", "not_recoverable", "idempotency_spent"],
    ...["last_owner", "built_in_role", "role_in_use", "already_set_up", "not_set_up", "recovery_spent"],
  ],
  412: ["version_mismatch"],
  413: ["payload_too_large"],
  415: ["unsupported_media_type"],
  422: ["idempotency_mismatch"],
};

/** A refusal has its form, a code there is and the status of that code: never a fault of ours. */
export const expectKnownRefusal = (answer: AnyAnswer): void => {
  const { status, body } = answer;
  expect([status, body.code, codesByStatus[status] ?? []]).toEqual([
    status,
    body.code,
    expect.arrayContaining([body.code]),
  ]);
  expectProblem(answer, status, body.code);
};

const byKey = ["missing_credential", "invalid_credential", "multiple_credentials"];

/** What the way to a route of this kind of access may answer, before the route is asked. */
const refusalsOfAccess = (access: RouteCase["access"]): readonly string[] => {
  if (access === "open" || access === "public") return [];
  if (access === "setup-token" || access === "recovery-token" || access === "admin-key") return byKey;
  return access === "any-admin" ? [...byKey, "csrf"] : [...byKey, "csrf", "forbidden"];
};

/** Changes that an Idempotency-Key does not make happen once. */
const neverKept = [
  ...[
    "POST /v1/validate",
    "POST /v1/introspect",
    "POST /v1/keys/bulk",
    "POST /v1/session",
    "DELETE /v1/session",
    "DELETE /v1/sessions",
    "POST /v1/system/reencrypt",
  ],
  ...["POST /v1/setup", "POST /v1/recovery"],
];

const refusalsOf = ({ name, hasBody, access, refusals }: RouteCase): readonly string[] => [
  ...["secret_in_url", "invalid_request"],
  ...refusalsOfAccess(access),
  ...(hasBody ? ["unsupported_media_type", "payload_too_large"] : []),
  ...(hasBody && !neverKept.includes(name)
    ? ["idempotency_mismatch", "idempotency_spent", "exceeds_grantor", "tampered"]
    : []),
  ...refusals,
];

const living = [
  ...["id", "lineage", "name", "hint", "status", "enabled", "createdAt", "updatedAt", "expiresAt", "rotation"],
  ...["revokedAt", "revocationReason", "revocationNote", "version"],
];
const key = [...living, "owner", "prefix", "scopes", "metadata", "recoverable", "lastUsedAt"];
const admin = [...living, "roles"];
const role = [
  "name",
  "builtIn",
  "description",
  "permissions",
  "constraint",
  "createdAt",
  "updatedAt",
  "version",
] as const;
const rights = ["permissions", "grants"];
const session = ["id", "createdAt", "idleEndsAt", "endsAt", "admin", ...rights];
const page = ["items", "nextCursor"];
const reencryption = [
  ...["state", "moved", "left", "quarantined", "quarantinedCount", "missingSecrets", "perSecond", "secondsLeft"],
];

/** The members of each success that is an object and always the same one. */
const membersOf: Readonly<Record<string, readonly string[]>> = {
  "POST /v1/keys": [...key, "key"],
  "GET /v1/keys": page,
  "GET /v1/events": page,
  "GET /v1/events/verify": ["intact", "chains", "nextCursor"],
  "POST /v1/keys/bulk": ["results"],
  "GET /v1/keys/:id": key,
  "PATCH /v1/keys/:id": key,
  "POST /v1/keys/:id/rotate": [...key, "key", "replaced"],
  "POST /v1/keys/:id/rotation/finish": key,
  "POST /v1/keys/:id/rotation/cancel": key,
  "POST /v1/keys/:id/reveal": ["key"],
  "POST /v1/keys/:id/revoke": [...key, "alsoRevoked"],
  "GET /v1/keys/:id/usage": ["buckets"],
  "GET /v1/stats": ["keys", "expiringIn7Days", "inGrace", "unusedFor30Days", "validations", "complete"],
  "GET /v1/me": [...admin, ...rights],
  "POST /v1/me/rotate": [...admin, "key", "replaced"],
  "POST /v1/admins": [...admin, "key"],
  "GET /v1/admins": page,
  "GET /v1/admins/:id": admin,
  "PATCH /v1/admins/:id": admin,
  "POST /v1/admins/:id/rotate": [...admin, "key", "replaced"],
  "POST /v1/admins/:id/revoke": [...admin, "alsoRevoked"],
  "GET /v1/roles": page,
  "GET /v1/roles/:name": role,
  "PUT /v1/roles/:name": role,
  "POST /v1/session": session,
  "GET /v1/session": session,
  "GET /v1/setup": ["done"],
  "POST /v1/setup": [...admin, "key"],
  "POST /v1/recovery": [...admin, "key"],
  "GET /v1/system": ["version", "shards", "sources", "fingerprints"],
  "GET /v1/system/reencrypt": reencryption,
  "POST /v1/system/reencrypt": reencryption,
  "GET /openapi.json": ["openapi", "info", "servers", "tags", "paths", "components"],
  "GET /healthz": ["status"],
  "GET /readyz": ["status", "version"],
};

const expectMembers = ({ name }: RouteCase, { body }: AnyAnswer): void => {
  if (["GET /", "GET /docs"].includes(name)) expect(body).toMatch(/^<!doctype html>/);
  else if (name === "POST /v1/validate") {
    expect([typeof body.valid, body.valid]).toEqual(["boolean", body.code === "valid"]);
  } else if (name === "POST /v1/introspect") expect(body).toEqual({ active: false });
  else expect([name, Object.keys(body).toSorted()]).toEqual([name, membersOf[name]?.toSorted()]);
};

/** Done or refused, in a way that the route, or the way to it, declares; and the answer has its shape. */
export const expectDeclared = (route: RouteCase, answer: AnyAnswer): void => {
  if (answer.status >= 400) {
    expectKnownRefusal(answer);
    expect([route.name, refusalsOf(route)]).toEqual([route.name, expect.arrayContaining([answer.body.code])]);
    return;
  }
  expect([route.name, route.successes]).toEqual([route.name, expect.arrayContaining([answer.status])]);
  if (answer.status === 204) expect(answer.text).toBe("");
  else expectMembers(route, answer);
};
