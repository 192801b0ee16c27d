import { toTimestampOrNull } from "../api-key/key-view.ts";
import { type Constraint, type Grant, type Permission, permissions } from "./permissions.ts";

export interface Role {
  readonly name: string;
  readonly description: string | null;
  readonly permissions: readonly Permission[];
  readonly constraint: Constraint | null;
  /** Null for a role that is built in. */
  readonly createdAt: number | null;
  readonly updatedAt: number | null;
  readonly version: number;
}

/** A role as it was found: tampered when the stored record is not the one that was signed. Then it gives no right. */
export interface StoredRole {
  readonly role: Role;
  readonly tampered: boolean;
}

const builtIn = (name: string, description: string, held: readonly Permission[]): Role => ({
  name,
  description,
  permissions: held,
  constraint: null,
  createdAt: null,
  updatedAt: null,
  version: 1,
});

/** In the order of their names, like every list of roles. */
export const builtInRoles: readonly Role[] = [
  builtIn("auditor", "Reads everything and changes nothing", [
    "keys:read",
    "admins:read",
    "roles:read",
    "events:read",
    "system:read",
  ]),
  builtIn("issuer", "Hands out keys and takes them back", ["keys:create", "keys:read", "keys:rotate", "keys:revoke"]),
  builtIn("operator", "Runs the keys from day to day", [
    "keys:create",
    "keys:read",
    "keys:update",
    "keys:rotate",
    "keys:revoke",
    "keys:validate",
    "events:read",
    "roles:read",
  ]),
  builtIn("owner", "May do everything", permissions),
  builtIn("validator", "Asks whether a key is good", ["keys:validate"]),
];

export const builtInRole = (name: string): Role | undefined => builtInRoles.find((role) => role.name === name);

/** What something holds of which nobody knows what it held: it may have been an owner's. */
export const everyRight: readonly Grant[] = [{ role: "owner", permissions, constraint: null }];

interface FindsRoles {
  find(name: string): StoredRole | undefined;
}

/** A role that may be given to somebody: built in, or stored as it was signed. */
const findRole = (roles: FindsRoles, name: string): Role | undefined => {
  const known = builtInRole(name);
  if (known) return known;
  const stored = roles.find(name);
  return stored && !stored.tampered ? stored.role : undefined;
};

export const grantOf = ({ name, permissions: held, constraint }: Role): Grant => ({
  role: name,
  permissions: held,
  constraint,
});

/** A role that nobody knows, or that was tampered with, gives no right. */
export const grantsOf = (roles: FindsRoles, names: readonly string[]): Grant[] =>
  names.flatMap((name) => {
    const role = findRole(roles, name);
    return role ? [grantOf(role)] : [];
  });

export const roleNamePattern = /^[a-z][a-z0-9_-]{0,63}$/;

export const isRoleName = (text: string): boolean => roleNamePattern.test(text);

export interface RoleView {
  readonly name: string;
  readonly builtIn: boolean;
  readonly description: string | null;
  readonly permissions: readonly Permission[];
  readonly constraint: Constraint | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly version: number;
  readonly tampered?: true;
}

export const viewOfRole = ({ role, tampered }: StoredRole): RoleView => ({
  name: role.name,
  builtIn: builtInRole(role.name) !== undefined,
  description: role.description,
  permissions: role.permissions,
  constraint: role.constraint,
  createdAt: toTimestampOrNull(role.createdAt),
  updatedAt: toTimestampOrNull(role.updatedAt),
  version: role.version,
  ...(tampered ? { tampered: true } : {}),
});
