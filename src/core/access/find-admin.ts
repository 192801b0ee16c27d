import { isInGrace } from "../api-key/lifecycle.ts";
import type { Ports } from "../ports.ts";
import { type Conditional, isMet } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";
import { type Admin, isLastingOwner, type StoredAdmin } from "./admin.ts";
import type { Caller } from "./caller.ts";
import { holdsEvery } from "./holds-every.ts";
import { type Grant, permissions } from "./permissions.ts";
import { grantsOf } from "./role.ts";

type Access = Pick<Ports, "admins" | "roles">;

/** What a tampered record was before nobody knows; it may have been an owner's. */
const everything: readonly Grant[] = [{ role: "owner", permissions, constraint: null }];

const isOneself = ({ actor }: Caller, { admin, tampered }: StoredAdmin): boolean =>
  actor.kind === "admin" && actor.lineage === admin.lineage && !tampered;

/** Any act on another admin needs every right that admin holds. */
export const mayActOnAdmin = (roles: Ports["roles"], caller: Caller, stored: StoredAdmin): boolean =>
  isOneself(caller, stored) ||
  holdsEvery(caller.grants, stored.tampered ? everything : grantsOf(roles, stored.admin.roles));

interface OnAdmin extends Conditional {
  readonly id: string;
}

/** An admin the caller may act on, in the version it is meant in. */
export const findAdminToManage = ({ admins, roles }: Access, command: OnAdmin, caller: Caller) => {
  const stored = admins.find(command.id);
  if (!stored) return refuse({ code: "admin_not_found", id: command.id });
  if (!mayActOnAdmin(roles, caller, stored)) return refuse({ code: "exceeds_grantor" });
  const { version } = stored.admin;
  return isMet(command, version) ? succeed<StoredAdmin>(stored) : refuse({ code: "version_mismatch", version });
};

/** The older keys of the same person that still work, or would once whoever tampered with one puts back what was there. */
export const olderKeysInGrace = ({ admins }: Access, { admin, tampered }: StoredAdmin, now: number): StoredAdmin[] =>
  tampered
    ? []
    : admins
        .lineage(admin.lineage)
        .filter((older) => older.admin.id < admin.id && (older.tampered || isInGrace(older.admin, now)));

/** Somebody among those acted on was an owner to count on, and after the act there is none. */
export const endsLastOwner = ({ admins }: Access, before: readonly StoredAdmin[], after: readonly Admin[]): boolean => {
  const wasLasting = before.some(({ admin, tampered }) => !tampered && isLastingOwner(admin));
  if (!wasLasting || after.some(isLastingOwner)) return false;
  const actedOn = new Set(before.map(({ admin }) => admin.id));
  for (const { admin, tampered } of admins.lastingOwners()) if (!tampered && !actedOn.has(admin.id)) return false;
  return true;
};

/** Roles somebody wants to give that there are not. */
export const unknownRoles = ({ roles }: Access, names: readonly string[]): string[] => {
  const known = new Set(grantsOf(roles, names).map(({ role }) => role));
  return names.filter((name) => !known.has(name));
};
