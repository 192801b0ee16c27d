export const permissions = [
  "keys:create",
  "keys:read",
  "keys:update",
  "keys:rotate",
  "keys:revoke",
  "keys:delete",
  "keys:reveal",
  "keys:validate",
  "admins:read",
  "admins:manage",
  "roles:read",
  "roles:manage",
  "events:read",
  "system:read",
  "system:manage",
] as const;

export type Permission = (typeof permissions)[number];

/** Narrows a role. Globs: `*` is any run of characters. Scopes are grants, and limit what may be handed on. */
export interface Constraint {
  readonly owners?: readonly string[];
  readonly prefixes?: readonly string[];
  readonly scopes?: readonly string[];
}

/** The rights one role gives its holder. Rights of several roles are never combined. */
export interface Grant {
  readonly role: string;
  readonly permissions: readonly Permission[];
  readonly constraint: Constraint | null;
}

/** Everything some role gives, within whatever constraint, in the one order. */
export const permissionsOf = (grants: readonly Grant[]): Permission[] =>
  permissions.filter((permission) => grants.some((grant) => grant.permissions.includes(permission)));

/** May be held within a constraint: the others concern the whole manager. */
export const isConstrainable = (permission: Permission): boolean =>
  permission.startsWith("keys:") || permission === "events:read";
