import type { Caller } from "../access/caller.ts";
import { endsAt, type Session, sessionPrefix, sessionsMax, viewOfSession } from "../access/session.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

/** Sent by somebody who has just shown an admin key. */
export interface StartSession {
  readonly type: "start-session";
}

export const startSession =
  ({ clock, mint, sessions }: Ports) =>
  (_command: StartSession, { actor }: Caller) => {
    if (actor.kind !== "admin") return refuse({ code: "invalid_credential" });
    const now = clock.now();
    const others = sessions.ofLineage(actor.lineage).map(({ session }) => session);
    const staying = new Set(others.filter((session) => now <= endsAt(session)).slice(1 - sessionsMax));
    for (const session of others) if (!staying.has(session)) sessions.remove(session.id);

    const bareId = mint.bareId();
    const token = mint.keyString(sessionPrefix, bareId);
    const session: Session = {
      id: `ses_${bareId}`,
      adminId: actor.id,
      adminLineage: actor.lineage,
      createdAt: now,
      seenAt: now,
    };
    sessions.insert(session, token);
    return succeed({ session: viewOfSession(session), token });
  };
