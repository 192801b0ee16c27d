import { type Constraint, permissions } from "../../core/access/permissions.ts";
import type { Role, StoredRole } from "../../core/access/role.ts";
import type { Roles } from "../../core/ports.ts";
import { listOr, parsedOr } from "./lifecycle-columns.ts";
import { differenceOf, type Row, SignedTable, type Signing } from "./signed-table.ts";

export const rolesTable = {
  name: "roles",
  key: ["name"],
  columns: ["name", "format", "description", "permissions", "restriction", "created_at", "updated_at", "version"],
} as const;

/** The roles that are not built in. */
export class SqliteRoles implements Roles {
  readonly #table: SignedTable;
  readonly #sql: SqlStorage;

  constructor(signing: Signing) {
    this.#table = new SignedTable(signing, rolesTable);
    this.#sql = signing.sql;
  }

  find(name: string): StoredRole | undefined {
    const row = this.#row(name);
    return row && this.#stored(row);
  }

  byName(after: string | null, limit: number): readonly StoredRole[] {
    const rows = this.#table.select("WHERE name > ? ORDER BY name LIMIT ?", after ?? "", limit);
    return [...rows].map((row) => this.#stored(row));
  }

  save(role: Role): void {
    const row = this.#row(role.name);
    if (row) this.#table.update(row, differenceOf(row, columnsOf(role)));
    else this.#table.insert(columnsOf(role));
  }

  remove(name: string): void {
    this.#sql.exec("DELETE FROM roles WHERE name = ?", name);
  }

  #row(name: string): Row | undefined {
    return this.#table.first("WHERE name = ?", name);
  }

  #stored(row: Row): StoredRole {
    return { role: roleOf(row), tampered: !this.#table.isGenuine(row) };
  }
}

const columnsOf = (role: Role): Row => ({
  name: role.name,
  format: 1,
  description: role.description,
  permissions: JSON.stringify(role.permissions),
  restriction: role.constraint && JSON.stringify(role.constraint),
  created_at: role.createdAt,
  updated_at: role.updatedAt,
  version: role.version,
});

/** What is not a constraint of ours stands in a row that is not genuine; it reads as the narrowest. */
const constraintOf = (value: SqlStorageValue | undefined): Constraint | null => {
  if (value == null) return null;
  const parsed = parsedOr<Record<string, unknown>>(value, {});
  const list = (name: string) => (parsed?.[name] === undefined ? {} : { [name]: listOr(JSON.stringify(parsed[name])) });
  return { ...list("owners"), ...list("prefixes"), ...list("scopes") };
};

const roleOf = (row: Row): Role => {
  const held = listOr(row.permissions);
  return {
    name: String(row.name),
    description: row.description == null ? null : String(row.description),
    permissions: permissions.filter((permission) => held.includes(permission)),
    constraint: constraintOf(row.restriction),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    version: Number(row.version),
  };
};
