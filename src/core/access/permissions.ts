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

const builtInRoles: Readonly<Record<string, readonly Permission[]>> = {
  owner: permissions,
  operator: [
    "keys:create",
    "keys:read",
    "keys:update",
    "keys:rotate",
    "keys:revoke",
    "keys:validate",
    "events:read",
    "roles:read",
  ],
  issuer: ["keys:create", "keys:read", "keys:rotate", "keys:revoke"],
  auditor: ["keys:read", "admins:read", "roles:read", "events:read", "system:read"],
  validator: ["keys:validate"],
};

/** A role nobody knows gives no right. */
export const grantsOf = (roles: readonly string[]): Grant[] =>
  roles.flatMap((role) => {
    const held = Object.hasOwn(builtInRoles, role) ? builtInRoles[role] : undefined;
    return held ? [{ role, permissions: held, constraint: null }] : [];
  });
