import { type Admin, type StoredAdmin, viewOfAdmin } from "../access/admin.ts";
import type { Caller } from "../access/caller.ts";
import {
  endsLastOwner,
  findAdminToManage,
  mayActOnAdmin,
  olderKeysInGrace,
  unknownRoles,
} from "../access/find-admin.ts";
import { holdsEvery } from "../access/holds-every.ts";
import { grantsOf } from "../access/role.ts";
import { toTimestampOrNull } from "../api-key/key-view.ts";
import { isRotatedOut } from "../api-key/lifecycle.ts";
import { update } from "../api-key/living-record.ts";
import { differences, subjectOfAdmin } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import { type Conditional, isMet } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";

type AdminChanges = Partial<Pick<Admin, "name" | "roles" | "expiresAt" | "enabled">>;

export interface UpdateAdmin extends Conditional {
  readonly type: "update-admin";
  readonly id: string;
  /** What is not named stays. */
  readonly changes: AdminChanges;
}

const told = ({ name, roles, expiresAt, enabled }: Admin) => ({
  name,
  roles,
  expiresAt: toTimestampOrNull(expiresAt),
  enabled,
});

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

/** The roles of an older key once those of the newer one have changed: never more than it had. */
const narrowed = (roles: Ports["roles"], older: readonly string[], newer: readonly string[]): readonly string[] => {
  if (holdsEvery(grantsOf(roles, newer), grantsOf(roles, older))) return older;
  if (holdsEvery(grantsOf(roles, older), grantsOf(roles, newer))) return newer;
  return older.filter((role) => newer.includes(role));
};

/** An older key in grace is the same person's: what narrows the newer key, ends or shortens its life, does so to it. */
const changesOfOlder = ({ roles }: Ports, before: Admin, after: Admin, older: Admin): AdminChanges => ({
  ...(String(before.roles) === String(after.roles) ? {} : { roles: narrowed(roles, older.roles, after.roles) }),
  ...(before.enabled && !after.enabled ? { enabled: false } : {}),
  ...(before.expiresAt === after.expiresAt ? {} : { expiresAt: earlier(older.expiresAt, after.expiresAt) }),
});

const isPast = (expiresAt: number | null | undefined, now: number): boolean =>
  expiresAt !== undefined && expiresAt !== null && expiresAt <= now;

/** What is wrong with the request whatever admin it is about; an expiry that passed may stay as it is. */
const refusalOfRequest = (ports: Ports, { id, changes: { expiresAt, roles = [] } }: UpdateAdmin, now: number) => {
  const staysExpired = ports.admins.find(id)?.admin.expiresAt === expiresAt;
  if (isPast(expiresAt, now) && !staysExpired) return refuse({ code: "expiry_in_the_past" });
  const unknown = unknownRoles(ports, roles);
  return unknown.length > 0 ? refuse({ code: "unknown_roles", roles: unknown }) : undefined;
};

interface Change {
  readonly stored: StoredAdmin;
  readonly after: Admin;
}

const differencesOf = ({ stored, after }: Change) => differences(told(stored.admin), told(after));

/** The named admin and its older keys in grace, as far as they become different. */
const changesMeant = (ports: Ports, named: StoredAdmin, changes: AdminChanges, now: number): Change[] => {
  const after = update(named.admin, changes, now);
  const older = olderKeysInGrace(ports, named, now)
    .filter(({ tampered }) => !tampered)
    .map((stored) => {
      const own = changesOfOlder(ports, named.admin, after, stored.admin);
      return { stored, after: update(stored.admin, own, now) };
    });
  return [{ stored: named, after }, ...older].filter((change) => Object.keys(differencesOf(change)).length > 0);
};

/** Every right of whoever is touched, and every right of the result. */
const mayMake = ({ roles }: Ports, caller: Caller, changes: readonly Change[]): boolean =>
  changes.every(
    ({ stored, after }) =>
      mayActOnAdmin(roles, caller, stored) && holdsEvery(caller.grants, grantsOf(roles, after.roles)),
  );

const refusalOf = ({ admin, tampered }: StoredAdmin, command: UpdateAdmin, now: number) => {
  if (!isMet(command, admin.version)) return refuse({ code: "version_mismatch", version: admin.version });
  if (tampered) return refuse({ code: "tampered", id: admin.id });
  if (admin.revokedAt !== null) return refuse({ code: "key_revoked" });
  return isRotatedOut(admin, now) ? refuse({ code: "key_rotated" }) : undefined;
};

export const updateAdmin = (ports: Ports) => (command: UpdateAdmin, caller: Caller) => {
  const { clock, admins, events } = ports;
  const now = clock.now();
  const atFault = refusalOfRequest(ports, command, now);
  if (atFault) return atFault;
  const found = findAdminToManage(ports, { id: command.id }, caller);
  if (!found.ok) return found;
  const named = found.value;
  const changes = changesMeant(ports, named, command.changes, now);
  if (!mayMake(ports, caller, changes)) return refuse({ code: "exceeds_grantor" });
  const refusal = refusalOf(named, command, now);
  if (refusal) return refusal;
  const before = changes.map(({ stored }) => stored);
  const after = changes.map((change) => change.after);
  if (endsLastOwner(ports, before, after)) return refuse({ code: "last_owner" });

  for (const change of changes) {
    admins.save(change.stored, change.after);
    const subject = subjectOfAdmin(change.after);
    events.append({ type: "admin.updated", subject, changes: differencesOf(change) }, caller);
  }
  const admin = changes.find(({ stored }) => stored === named)?.after ?? named.admin;
  return succeed(viewOfAdmin({ ...named, admin }, now));
};
