import type { Caller } from "./access/caller.ts";
import { mayGrant, maySee } from "./access/decide.ts";
import type { Permission } from "./access/permissions.ts";
import type { Around } from "./command-bus.ts";
import type { KeptAnswer } from "./kept-answer.ts";
import type { Ports } from "./ports.ts";
import { refuse, succeed } from "./result.ts";

interface Right {
  readonly permission: Permission;
  /** It hands out or revives what the key may do, so the caller must hold the scopes; otherwise seeing the key is enough. */
  readonly hands: boolean;
}

/** Commands whose first answer is kept, and the right that each of them takes. */
const rightsOfKept = {
  "cancel-rotation": { permission: "keys:rotate", hands: true },
  "create-key": { permission: "keys:create", hands: true },
  "delete-key": { permission: "keys:delete", hands: false },
  "finish-rotation": { permission: "keys:rotate", hands: false },
  "revoke-key": { permission: "keys:revoke", hands: false },
  "rotate-key": { permission: "keys:rotate", hands: true },
  "update-key": { permission: "keys:update", hands: true },
} as const satisfies Readonly<Record<string, Right>>;

export type KeptCommand = keyof typeof rightsOfKept;

const rightOf = (type: string): Right | undefined =>
  Object.hasOwn(rightsOfKept, type) ? rightsOfKept[type as KeptCommand] : undefined;

/** Sent again, such a command is answered as the first time, whatever became of that answer. */
export const isOnceOnly = (type: string, { idempotencyKey, requestDigest }: Caller): boolean =>
  rightOf(type) !== undefined && idempotencyKey !== null && requestDigest !== undefined;

const keptMs = 86_400_000;

export type ReplayRefusal =
  | { readonly code: "idempotency_mismatch" }
  | { readonly code: "idempotency_spent" }
  | { readonly code: "exceeds_grantor" }
  | { readonly code: "tampered"; readonly id: string };

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

interface Bearing {
  readonly owner: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
}

const isAllowed = ({ grants }: Caller, { permission, hands }: Right, bearing: Bearing): boolean =>
  hands ? mayGrant(grants, permission, bearing, bearing.scopes) : maySee(grants, permission, bearing);

/** A secret carries what its key may do now, not what it could when it was made. */
const refusalOfSecret = ({ apiKeys }: Ports, right: Right, { subjectId }: KeptAnswer, caller: Caller) => {
  const stored = apiKeys.find(subjectId);
  if (!stored) return refuse({ code: "idempotency_spent" });
  if (stored.tampered) return refuse({ code: "tampered", id: subjectId });
  if (stored.key.revokedAt !== null) return refuse({ code: "idempotency_spent" });
  return isAllowed(caller, right, stored.key) ? undefined : refuse({ code: "exceeds_grantor" });
};

/** What the caller may be shown of an answer given before: rights are judged by the present, not by the past. */
const repeat = (ports: Ports, right: Right, kept: KeptAnswer, caller: Caller, digest: Uint8Array) => {
  const { owner, prefix, subjectId, answer } = kept;
  if (!isAllowed(caller, right, kept)) return refuse({ code: "exceeds_grantor" });
  if (!isSameRequest(kept.requestDigest, digest)) return refuse({ code: "idempotency_mismatch" });
  if (answer === null) return refuse({ code: "idempotency_spent" });
  if (holdsSecret(answer)) {
    const refusal = refusalOfSecret(ports, right, kept, caller);
    if (refusal) return refusal;
    const subject = { kind: "key", id: subjectId, lineage: answer.lineage, owner, prefix } as const;
    ports.events.append({ type: "key.secret_replayed", subject }, caller);
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
    const right = rightOf(command.type);
    const { idempotencyKey, requestDigest } = caller;
    if (right === undefined || idempotencyKey === null || requestDigest === undefined) return run();

    const kept = ports.keptAnswers.find(repeaterOf(caller), idempotencyKey, ports.clock.now() - keptMs);
    if (kept) return repeat(ports, right, kept, caller, requestDigest) as Answer;

    const answer = run();
    const { ok, value } = answer as { readonly ok: boolean; readonly value: Told };
    if (ok) keep(ports, idempotencyKey, caller, requestDigest, value);
    return answer;
  };
