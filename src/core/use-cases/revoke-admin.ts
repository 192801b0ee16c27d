import { type StoredAdmin, viewOfAdmin } from "../access/admin.ts";
import type { Caller } from "../access/caller.ts";
import { endsLastOwner, findAdminToManage, mayActOnAdmin, olderKeysInGrace } from "../access/find-admin.ts";
import { revoke } from "../api-key/living-record.ts";
import { subjectOfAdmin } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import type { Conditional } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";

export interface RevokeAdmin extends Conditional {
  readonly type: "revoke-admin";
  readonly id: string;
  readonly reason: string | null;
  readonly note: string | null;
}

/** That a tampered record says of itself to be revoked is no reason to leave it alone. */
const isLive = ({ admin, tampered }: StoredAdmin): boolean => tampered || admin.revokedAt === null;

/** For good, and with it every older key of the same person that is still in grace. */
export const revokeAdmin = (ports: Ports) => (command: RevokeAdmin, caller: Caller) => {
  const { clock, admins, roles, events } = ports;
  const now = clock.now();
  const found = findAdminToManage(ports, command, caller);
  if (!found.ok) return found;
  const named = found.value;
  if (!isLive(named)) return succeed({ ...viewOfAdmin(named, now), alsoRevoked: [] as string[] });

  const older = olderKeysInGrace(ports, named, now);
  if (!older.every((stored) => mayActOnAdmin(roles, caller, stored))) return refuse({ code: "exceeds_grantor" });
  const { reason, note } = command;
  const revoked = [named, ...older].map((stored) => ({ stored, after: revoke(stored.admin, { reason, note }, now) }));
  const after = revoked.map((one) => one.after);
  if (endsLastOwner(ports, [named, ...older], after)) return refuse({ code: "last_owner" });

  for (const one of revoked) {
    admins.save(one.stored, one.after);
    events.append({ type: "admin.revoked", subject: subjectOfAdmin(one.after), reason, note }, caller);
  }
  const admin = after[0] ?? named.admin;
  return succeed({
    ...viewOfAdmin({ admin, tampered: named.tampered }, now),
    alsoRevoked: older.map((stored) => stored.admin.id),
  });
};
