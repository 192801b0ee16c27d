import { isInGrace } from "../api-key/lifecycle.ts";
import type { Ports } from "../ports.ts";
import { type Conditional, isMet } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";
import { type Admin, isLastingOwner, type StoredAdmin } from "./admin.ts";
import type { Caller } from "./caller.ts";
import { holdsEvery } from "./holds-every.ts";
import type { Grant } from "./permissions.ts";
import { everyRight, grantsOf } from "./role.ts";

type Access = Pick<Ports, "admins" | "roles">;

/** The very key somebody came with. Another key of the same admin may hold more, so it is another's. */
const isOneself = ({ actor }: Caller, { admin, tampered }: StoredAdmin): boolean =>
  actor.kind === "admin" && actor.id === admin.id && !tampered;

/** What a tampered admin held before nobody knows, nor what a role gives that is tampered with and may be put back. */
const rightsOf = (roles: Ports["roles"], { admin, tampered }: StoredAdmin): readonly Grant[] =>
  tampered || unknownRoles({ roles }, admin.roles).length > 0 ? everyRight : grantsOf(roles, admin.roles);

/** Any act on another admin needs every right that admin holds. */
export const mayActOnAdmin = (roles: Ports["roles"], caller: Caller, stored: StoredAdmin): boolean =>
  isOneself(caller, stored) || holdsEvery(caller.grants, rightsOf(roles, stored));

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
export const unknownRoles = ({ roles }: Pick<Access, "roles">, names: readonly string[]): string[] => {
  const known = new Set(grantsOf(roles, names).map(({ role }) => role));
  return names.filter((name) => !known.has(name));
};
