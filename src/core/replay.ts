import type { Caller } from "./access/caller.ts";
import { mayGrant } from "./access/decide.ts";
import type { Permission } from "./access/permissions.ts";
import type { Around } from "./command-bus.ts";
import type { KeptAnswer } from "./kept-answer.ts";
import type { Ports } from "./ports.ts";
import { refuse, succeed } from "./result.ts";

/** Commands whose first answer is kept, and the right that each of them takes. */
const permissionsOfKept = {
  "cancel-rotation": "keys:rotate",
  "create-key": "keys:create",
  "delete-key": "keys:delete",
  "finish-rotation": "keys:rotate",
  "revoke-key": "keys:revoke",
  "rotate-key": "keys:rotate",
  "update-key": "keys:update",
} as const satisfies Readonly<Record<string, Permission>>;

export type KeptCommand = keyof typeof permissionsOfKept;

const permissionOf = (type: string): Permission | undefined =>
  Object.hasOwn(permissionsOfKept, type) ? permissionsOfKept[type as KeptCommand] : undefined;

/** Sent again, such a command is answered as the first time, whatever became of that answer. */
export const isOnceOnly = (type: string, { idempotencyKey, requestDigest }: Caller): boolean =>
  permissionOf(type) !== undefined && idempotencyKey !== null && requestDigest !== undefined;

const keptMs = 86_400_000;

export type ReplayRefusal =
  | { readonly code: "idempotency_mismatch" }
  | { readonly code: "idempotency_spent" }
  | { readonly code: "exceeds_grantor" };

/** Who repeats himself: the same person after a rotation of his own key, the same sibling Worker. */
export const repeaterOf = ({ actor }: Caller): string => {
  if (actor.kind === "admin") return actor.lineage;
  return actor.kind === "service" ? `service:${actor.name}` : actor.kind;
};

const isSameRequest = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index]);

interface WithSecret {
  readonly key: string;
  readonly lineage: string;
}

const holdsSecret = (answer: object): answer is WithSecret => "key" in answer;

/** What the caller may be shown of an answer given before: rights are judged by the present, not by the past. */
const repeat = ({ events }: Ports, permission: Permission, kept: KeptAnswer, caller: Caller, digest: Uint8Array) => {
  const { owner, prefix, scopes, subjectId, answer } = kept;
  if (!mayGrant(caller.grants, permission, { owner, prefix }, scopes)) return refuse({ code: "exceeds_grantor" });
  if (!isSameRequest(kept.requestDigest, digest)) return refuse({ code: "idempotency_mismatch" });
  if (answer === null) return refuse({ code: "idempotency_spent" });
  if (holdsSecret(answer)) {
    const subject = { kind: "key", id: subjectId, lineage: answer.lineage, owner, prefix } as const;
    events.append({ type: "key.secret_replayed", subject }, caller);
  }
  return { ...succeed(answer), replayed: true };
};

interface Told {
  readonly id: string;
  readonly owner?: string;
  readonly prefix?: string;
  readonly scopes?: readonly string[];
}

const keep = (ports: Ports, idempotencyKey: string, caller: Caller, requestDigest: Uint8Array, answer: Told): void =>
  ports.keptAnswers.keep(repeaterOf(caller), idempotencyKey, {
    requestDigest,
    subjectId: answer.id,
    owner: answer.owner ?? "",
    prefix: answer.prefix ?? "",
    scopes: answer.scopes ?? [],
    createdAt: ports.clock.now(),
    answer,
  });

/**
 * Runs a command once per Idempotency-Key: in the transaction of the command itself, so that an answer that was lost on
 * its way can be had again, its secret included. Refusals are not kept.
 */
export const onceOnly =
  (ports: Ports): Around =>
  (command, caller, run) => {
    type Answer = ReturnType<typeof run>;
    const permission = permissionOf(command.type);
    const { idempotencyKey, requestDigest } = caller;
    if (permission === undefined || idempotencyKey === null || requestDigest === undefined) return run();

    const kept = ports.keptAnswers.find(repeaterOf(caller), idempotencyKey);
    const isFresh = kept !== undefined && ports.clock.now() - kept.createdAt < keptMs;
    if (isFresh) return repeat(ports, permission, kept, caller, requestDigest) as Answer;

    const answer = run();
    const { ok, value } = answer as { readonly ok: boolean; readonly value: Told };
    if (ok) keep(ports, idempotencyKey, caller, requestDigest, value);
    return answer;
  };
