import type { Caller } from "../access/caller.ts";
import type { Ports } from "../ports.ts";
import { type Refusal, type Success, succeed } from "../result.ts";

export const bulkActions = ["enable", "disable", "revoke"] as const;
export type BulkAction = (typeof bulkActions)[number];

/** One act on many keys: each is judged and done by itself, as if it had been asked for alone. */
export interface BulkKeys {
  readonly type: "bulk-keys";
  readonly ids: readonly string[];
  readonly action: BulkAction;
  readonly reason: string | null;
  /** Tells what would come of it and does nothing. */
  readonly dryRun: boolean;
}

export interface BulkResult {
  readonly id: string;
  readonly ok: boolean;
  /** Why not. */
  readonly code?: string;
  /** Predecessors in grace that went along. */
  readonly alsoRevoked?: readonly string[];
}

type Outcome<Value> = Success<Value> | Refusal<{ readonly code: string }>;

/** The acts on one key that it is made of. */
interface Acts {
  revoke(
    command: { type: "revoke-key"; id: string; reason: string | null; note: null; lineage: false },
    caller: Caller,
  ): Outcome<{ readonly alsoRevoked: readonly string[] }>;
  update(
    command: { type: "update-key"; id: string; changes: { enabled: boolean }; reason: string | null },
    caller: Caller,
  ): Outcome<unknown>;
}

/** The same records, on which nothing can be changed. */
const onlyToBeRead = (ports: Ports): Ports => {
  const { apiKeys, events } = ports;
  return {
    ...ports,
    apiKeys: {
      find: (id) => apiKeys.find(id),
      findBySecret: (id, digest) => apiKeys.findBySecret(id, digest),
      lineage: (lineage) => apiKeys.lineage(lineage),
      newestFirst: (search, before) => apiKeys.newestFirst(search, before),
      keyString: (id) => apiKeys.keyString(id),
      insert: () => undefined,
      save: () => undefined,
      remove: () => undefined,
      noteUse: () => undefined,
    },
    events: {
      append: () => undefined,
      happenedSince: (type, subjectId, since) => events.happenedSince(type, subjectId, since),
    },
  };
};

const actOn =
  ({ revoke, update }: Acts) =>
  (id: string, { action, reason }: BulkKeys, caller: Caller): BulkResult => {
    if (action === "revoke") {
      const answer = revoke({ type: "revoke-key", id, reason, note: null, lineage: false }, caller);
      if (!answer.ok) return { id, ok: false, code: answer.failure.code };
      const { alsoRevoked } = answer.value;
      return alsoRevoked.length === 0 ? { id, ok: true } : { id, ok: true, alsoRevoked };
    }
    const changes = { enabled: action === "enable" };
    const answer = update({ type: "update-key", id, changes, reason }, caller);
    return answer.ok ? { id, ok: true } : { id, ok: false, code: answer.failure.code };
  };

export const bulkKeys = (ports: Ports, actsOver: (ports: Ports) => Acts) => {
  const act = actOn(actsOver(ports));
  const rehearse = actOn(actsOver(onlyToBeRead(ports)));
  return (command: BulkKeys, caller: Caller) => {
    const one = command.dryRun ? rehearse : act;
    return succeed({ results: command.ids.map((id) => one(id, command, caller)) });
  };
};
