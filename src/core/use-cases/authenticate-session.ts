import { identifyAdmin } from "../access/identify-admin.ts";
import { endsAt, viewOfSession } from "../access/session.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

export interface AuthenticateSession {
  readonly type: "authenticate-session";
  readonly id: string;
  /** SHA-256 of the token in the cookie. */
  readonly digest: Uint8Array;
}

/** A session is its admin, as that admin is now. */
export const authenticateSession =
  (ports: Ports) =>
  ({ id, digest }: AuthenticateSession) => {
    const { clock, admins, sessions } = ports;
    const stored = sessions.findBySecret(id, digest);
    if (!stored) return refuse({ code: "invalid_credential" });
    const { session, tampered } = stored;
    if (tampered) return refuse({ code: "invalid_credential", reason: "tampered" });
    const now = clock.now();
    if (now > endsAt(session)) {
      clock.remember(endsAt(session));
      return refuse({ code: "invalid_credential", reason: "session_ended" });
    }
    const admin = admins.find(session.adminId);
    if (!admin) return refuse({ code: "invalid_credential" });
    const identified = identifyAdmin(ports, admin);
    if (!identified.ok) return identified;
    const seen = { ...session, seenAt: now };
    sessions.noteUse(seen);
    return succeed({ ...identified.value, session: viewOfSession(seen) });
  };
