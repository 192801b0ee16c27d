import type { Caller } from "../access/caller.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";
import { revokeKey } from "./revoke-key.ts";
import { updateKey } from "./update-key.ts";

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

const actOn = (ports: Ports) => {
  const revokeOne = revokeKey(ports);
  const updateOne = updateKey(ports);
  return (id: string, { action, reason }: BulkKeys, caller: Caller): BulkResult => {
    if (action === "revoke") {
      const answer = revokeOne({ type: "revoke-key", id, reason, note: null, lineage: false }, caller);
      if (!answer.ok) return { id, ok: false, code: answer.failure.code };
      const { alsoRevoked } = answer.value;
      return alsoRevoked.length === 0 ? { id, ok: true } : { id, ok: true, alsoRevoked };
    }
    const changes = { enabled: action === "enable" };
    const answer = updateOne({ type: "update-key", id, changes, reason }, caller);
    return answer.ok ? { id, ok: true } : { id, ok: false, code: answer.failure.code };
  };
};

export const bulkKeys = (ports: Ports) => {
  const act = actOn(ports);
  const rehearse = actOn(onlyToBeRead(ports));
  return (command: BulkKeys, caller: Caller) => {
    const one = command.dryRun ? rehearse : act;
    return succeed({ results: command.ids.map((id) => one(id, command, caller)) });
  };
};
