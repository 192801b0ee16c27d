import { covers } from "../api-key/scopes.ts";
import { matchesAnyGlob } from "./glob.ts";
import type { Constraint, Grant, Permission } from "./permissions.ts";

/** The facts of a key that constraints speak about. */
export interface Subject {
  readonly owner: string;
  readonly prefix: string;
}

export const holds = (grants: readonly Grant[], permission: Permission): boolean =>
  grants.some((grant) => grant.permissions.includes(permission));

/** True where one role gives the permission with nothing narrowing it. */
export const holdsUnconstrained = (grants: readonly Grant[], permission: Permission): boolean =>
  grants.some((grant) => grant.constraint === null && grant.permissions.includes(permission));

const within = (constraint: Constraint | null, { owner, prefix }: Subject): boolean =>
  constraint === null ||
  ((constraint.owners === undefined || matchesAnyGlob(constraint.owners, owner)) &&
    (constraint.prefixes === undefined || matchesAnyGlob(constraint.prefixes, prefix)));

/** May act on this key at all; where not, the key does not exist for the caller. */
export const maySee = (grants: readonly Grant[], permission: Permission, subject: Subject): boolean =>
  grants.some((grant) => grant.permissions.includes(permission) && within(grant.constraint, subject));

/** May act on keys whoever owns them: the owner a tampered record names cannot be believed. */
export const maySeeAnyOwner = (grants: readonly Grant[], permission: Permission): boolean =>
  grants.some((grant) => grant.permissions.includes(permission) && grant.constraint?.owners === undefined);

/** May hand out a key with these scopes: one single role must allow the whole act. */
export const mayGrant = (
  grants: readonly Grant[],
  permission: Permission,
  subject: Subject,
  scopes: readonly string[],
): boolean =>
  grants.some(
    ({ permissions, constraint }) =>
      permissions.includes(permission) &&
      within(constraint, subject) &&
      (constraint?.scopes === undefined ||
        scopes.every((scope) => constraint.scopes?.some((held) => covers(held, scope)))),
  );

/** May act on keys of this prefix, whoever owns them. */
export const mayActOnPrefix = (grants: readonly Grant[], permission: Permission, prefix: string): boolean =>
  grants.some(
    ({ permissions, constraint }) =>
      permissions.includes(permission) &&
      (constraint?.prefixes === undefined || matchesAnyGlob(constraint.prefixes, prefix)),
  );
