import type { Caller } from "../access/caller.ts";
import { findKey } from "../access/find-key.ts";
import { isVisible } from "../access/visibility.ts";
import { revoke, type StoredApiKey } from "../api-key/api-key.ts";
import { viewOf } from "../api-key/key-view.ts";
import { isInGrace } from "../api-key/lifecycle.ts";
import { subjectOf } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
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

/** What a tampered record says of its lineage may point at anybody's keys; only what they themselves say counts. */
const isGenuinePredecessor = ({ key, tampered }: StoredApiKey, id: string, now: number): boolean =>
  !tampered && key.successor === id && isInGrace(key, now);

const isLive = ({ key }: StoredApiKey): boolean => key.revokedAt === null;

export const revokeKey =
  ({ clock, apiKeys, events }: Ports) =>
  (command: RevokeKey, caller: Caller) => {
    const now = clock.now();
    const found = findKey(apiKeys, caller.grants, "keys:revoke", command);
    if (!found.ok) return found;
    const named = found.value;
    const mayRevoke = (stored: StoredApiKey) => isVisible(caller.grants, "keys:revoke", stored);

    const isMeant = ({ key }: StoredApiKey): boolean =>
      command.lineage || (isLive(named) && key.id < command.id && isInGrace(key, now));
    const others = apiKeys
      .lineage(named.key.lineage)
      .filter((stored) => stored.key.id !== command.id && isLive(stored))
      .filter((stored) => (named.tampered ? isGenuinePredecessor(stored, command.id, now) : isMeant(stored)));
    if (!others.every(mayRevoke)) return refuse({ code: "forbidden", permission: "keys:revoke" });

    const revokeOne = (stored: StoredApiKey): StoredApiKey => {
      const revoked = revoke(stored.key, command, now);
      apiKeys.save(stored, revoked);
      events.append(
        {
          type: "key.revoked",
          subject: subjectOf(revoked),
          reason: command.reason,
          note: command.note,
        },
        caller,
      );
      return { ...stored, key: revoked };
    };
    const answer = isLive(named) ? revokeOne(named) : named;
    const alsoRevoked = others.map((stored) => revokeOne(stored).key.id);
    return succeed({ ...viewOf(answer, now), alsoRevoked });
  };
