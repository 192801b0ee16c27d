import { viewOfAdmin } from "../access/admin.ts";
import type { Caller } from "../access/caller.ts";
import { makeAdmin } from "../access/make-admin.ts";
import { subjectOfAdmin } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

/** Makes another owner, for whoever can deploy, where the last one's key is lost. Each recovery token works once. */
export interface RecoverOwner {
  readonly type: "recover-owner";
  readonly name: string;
  /** SHA-256 of the token, in hexadecimal. */
  readonly tokenDigest: string;
}

export const recoverOwner =
  (ports: Ports) =>
  ({ name, tokenDigest }: RecoverOwner, caller: Caller) => {
    const { clock, events, settings } = ports;
    if (settings.setUpAt() === null) return refuse({ code: "not_set_up" });
    if (settings.usedRecoveryTokens().includes(tokenDigest)) return refuse({ code: "recovery_spent" });

    const { admin, keyString } = makeAdmin(ports, { name, roles: ["owner"], expiresAt: null });
    settings.recordRecovery(tokenDigest);
    events.append({ type: "admin.recovered", subject: subjectOfAdmin(admin) }, caller);
    return succeed({ ...viewOfAdmin({ admin, tampered: false }, clock.now()), key: keyString });
  };
