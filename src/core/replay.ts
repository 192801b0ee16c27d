import type { Caller } from "./access/caller.ts";
import type { Around } from "./command-bus.ts";
import type { KeptAnswer } from "./kept-answer.ts";
import type { Ports } from "./ports.ts";
import { holderOfSecret, isAbout, isAllowed, rightOf, subjectIdOfRole } from "./replay-rights.ts";
import { refuse, succeed } from "./result.ts";

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

/** A secret carries what its key may do now, not what it could when it was made. */
const refusalOfSecret = (holder: ReturnType<typeof holderOfSecret>) => {
  if (!holder) return refuse({ code: "idempotency_spent" });
  if (holder.tampered) return refuse({ code: "tampered", id: holder.record.id });
  if (holder.record.revokedAt !== null) return refuse({ code: "idempotency_spent" });
  return holder.isAllowed ? undefined : refuse({ code: "exceeds_grantor" });
};

/** What the caller may be shown of an answer given before: rights are judged by the present, not by the past. */
const repeat = (ports: Ports, type: string, kept: KeptAnswer, caller: Caller, digest: Uint8Array) => {
  const right = rightOf(type);
  if (!right || !isAbout(right, kept)) return refuse({ code: "idempotency_mismatch" });
  if (!isAllowed(ports, right, kept, caller)) return refuse({ code: "exceeds_grantor" });
  if (!isSameRequest(kept.requestDigest, digest)) return refuse({ code: "idempotency_mismatch" });
  if (kept.answer === null) return refuse({ code: "idempotency_spent" });
  if ("key" in kept.answer) {
    const holder = holderOfSecret(ports, right, kept.subjectId, caller);
    const refusal = refusalOfSecret(holder);
    if (!holder || refusal) return refusal;
    ports.events.append({ type: "key.secret_replayed", subject: holder.subject }, caller);
  }
  return { ...succeed(kept.answer), replayed: true };
};

interface Told {
  readonly id?: string;
  readonly name?: string;
  readonly owner?: string;
  readonly prefix?: string;
  readonly scopes?: readonly string[];
}

const keep = (ports: Ports, idempotencyKey: string, caller: Caller, requestDigest: Uint8Array, answer: Told): void =>
  ports.keptAnswers.keep(repeaterOf(caller), idempotencyKey, {
    requestDigest,
    subjectId: answer.id ?? subjectIdOfRole(answer.name ?? ""),
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
    const { idempotencyKey, requestDigest } = caller;
    if (!isOnceOnly(command.type, caller) || idempotencyKey === null || requestDigest === undefined) return run();

    const kept = ports.keptAnswers.find(repeaterOf(caller), idempotencyKey, ports.clock.now() - keptMs);
    if (kept) return repeat(ports, command.type, kept, caller, requestDigest) as Answer;

    const answer = run();
    const { ok, value } = answer as { readonly ok: boolean; readonly value: Told };
    if (ok) keep(ports, idempotencyKey, caller, requestDigest, value);
    return answer;
  };
