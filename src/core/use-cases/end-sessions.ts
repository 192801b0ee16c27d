import type { Caller } from "../access/caller.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";

/** The caller's own: one of them, or all. */
export interface EndSessions {
  readonly type: "end-sessions";
  /** Null for every session of the caller, whichever key opened it. */
  readonly id: string | null;
}

export const endSessions =
  ({ sessions }: Ports) =>
  ({ id }: EndSessions, { actor }: Caller) => {
    const own = actor.kind === "admin" ? sessions.ofLineage(actor.lineage) : [];
    const ended = own.filter(({ session }) => id === null || session.id === id);
    for (const { session } of ended) sessions.remove(session.id);
    return succeed({ ended: ended.length });
  };
