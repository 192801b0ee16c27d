import type { Caller } from "../access/caller.ts";
import { findKey } from "../access/find-key.ts";
import { isVisible } from "../access/visibility.ts";
import { isLive, type StoredApiKey } from "../api-key/api-key.ts";
import { viewOf } from "../api-key/key-view.ts";
import { isInGrace } from "../api-key/lifecycle.ts";
import { revoke } from "../api-key/living-record.ts";
import { subjectOfStored } from "../audit-event.ts";
import type { ApiKeys, Ports } from "../ports.ts";
import type { Conditional } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";

export interface RevokeKey extends Conditional {
  readonly type: "revoke-key";
  readonly id: string;
  readonly reason: string | null;
  readonly note: string | null;
  /** Every key of the chain, newer ones too. */
  readonly lineage: boolean;
}

/**
 * The other keys of the chain. What a tampered record says of its lineage may point at anybody's keys, so there only
 * those count which are genuine and themselves name this key.
 */
const relativesOf = (apiKeys: ApiKeys, { key, tampered }: StoredApiKey): StoredApiKey[] => {
  const others = (lineage: string) => apiKeys.lineage(lineage).filter((stored) => stored.key.id !== key.id);
  if (!tampered) return others(key.lineage);
  const witness = [...others(key.id), ...others(key.lineage)].find(
    (stored) => !stored.tampered && [stored.key.lineage, stored.key.predecessor, stored.key.successor].includes(key.id),
  );
  return witness ? others(witness.key.lineage) : [];
};

/** Its secret still works, or would once whoever tampered with it puts back what was there. */
const isPredecessorInGrace = ({ key, tampered }: StoredApiKey, id: string, now: number): boolean =>
  key.id < id && (tampered || isInGrace(key, now));

export const revokeKey =
  ({ clock, apiKeys, events }: Ports) =>
  (command: RevokeKey, caller: Caller) => {
    const now = clock.now();
    const found = findKey(apiKeys, caller.grants, "keys:revoke", command);
    if (!found.ok) return found;
    const named = found.value;
    const isMeant = (stored: StoredApiKey): boolean =>
      command.lineage || (isLive(named) && isPredecessorInGrace(stored, command.id, now));
    const others = relativesOf(apiKeys, named).filter((stored) => isLive(stored) && isMeant(stored));
    const oneRoleAllows = caller.grants.some((grant) =>
      [named, ...others].every((stored) => isVisible([grant], "keys:revoke", stored)),
    );
    if (!oneRoleAllows) return refuse({ code: "forbidden", permission: "keys:revoke" });

    const revokeOne = (stored: StoredApiKey): StoredApiKey => {
      const revoked = revoke(stored.key, command, now);
      apiKeys.save(stored, revoked);
      const { reason, note } = command;
      events.append({ type: "key.revoked", subject: subjectOfStored(stored), reason, note }, caller);
      return { ...stored, key: revoked };
    };
    const answer = isLive(named) ? revokeOne(named) : named;
    const alsoRevoked = others.map((stored) => revokeOne(stored).key.id);
    return succeed({ ...viewOf(answer, now), alsoRevoked });
  };
