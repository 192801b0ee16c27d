import type { Admin, StoredAdmin } from "../../core/access/admin.ts";
import type { Admins } from "../../core/ports.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { lifecycleColumns, lifecycleOf, listOr } from "./lifecycle-columns.ts";
import type { ObjectState } from "./object-state.ts";
import { isSecretOf, secretColumns } from "./protected-secret.ts";
import { countProtected } from "./protection-counters.ts";
import { differenceOf, type Row, SignedTable, type Signing } from "./signed-table.ts";
import type { SqliteKeptAnswers } from "./sqlite-kept-answers.ts";

export const adminsTable = {
  name: "admins",
  key: ["id"],
  columns: [
    "id",
    "format",
    "lineage",
    "name",
    "hint",
    "roles",
    "enabled",
    "created_at",
    "updated_at",
    "expires_at",
    "predecessor",
    "successor",
    "grace_ends_at",
    "grace_finished",
    "first_used_at",
    "revoked_at",
    "revocation_reason",
    "revocation_note",
    "version",
    "envelope",
    "encryption_fingerprint",
    "verifier",
  ],
} as const;

export class SqliteAdmins implements Admins {
  readonly #table: SignedTable;
  readonly #object: string;
  readonly #keyring: Keyring;
  readonly #state: ObjectState;
  readonly #keptAnswers: Pick<SqliteKeptAnswers, "erase">;

  constructor(signing: Signing, keyring: Keyring, state: ObjectState, keptAnswers: Pick<SqliteKeptAnswers, "erase">) {
    this.#table = new SignedTable(signing, adminsTable);
    this.#object = signing.object;
    this.#keyring = keyring;
    this.#state = state;
    this.#keptAnswers = keptAnswers;
  }

  find(id: string): StoredAdmin | undefined {
    const row = this.#row(id);
    return row && this.#stored(row);
  }

  findBySecret(id: string, digest: Uint8Array): StoredAdmin | undefined {
    const row = this.#row(id);
    return isSecretOf(this.#table, row, digest) && row ? this.#stored(row) : undefined;
  }

  lineage(lineage: string): readonly StoredAdmin[] {
    return [...this.#all("WHERE lineage = ? ORDER BY id", lineage)];
  }

  newestFirst(before: string | null): Iterable<StoredAdmin> {
    return before === null ? this.#all("ORDER BY id DESC") : this.#all("WHERE id < ? ORDER BY id DESC", before);
  }

  lastingOwners(): Iterable<StoredAdmin> {
    return this.#all(
      `WHERE enabled = 1 AND revoked_at IS NULL AND successor IS NULL AND expires_at IS NULL AND instr(roles, '"owner"') > 0`,
    );
  }

  isRoleHeld(role: string): boolean {
    return this.#table.first("WHERE instr(roles, ?) > 0", JSON.stringify(role)) !== undefined;
  }

  insert(admin: Admin, keyString: string): void {
    const place = { object: this.#object, table: adminsTable.name, rowId: admin.id };
    const secret = secretColumns(this.#keyring, place, keyString, false);
    countProtected(this.#state, this.#table.insert({ ...columnsOf(admin), ...secret }), 1);
  }

  save(before: StoredAdmin, after: Admin): void {
    const row = this.#row(after.id);
    if (!row) throw new Error(`the admin ${after.id} vanished between its read and its write`);
    const changes = differenceOf(columnsOf(before.admin), columnsOf(after));
    if (before.tampered) this.#table.updateUnsigned(row, changes);
    else this.#table.update(row, changes, this.#table.secretOf(row));
    if (after.revokedAt !== null) this.#keptAnswers.erase(after.id);
  }

  #row(id: string): Row | undefined {
    return this.#table.first("WHERE id = ?", id);
  }

  *#all(rest: string, ...bindings: SqlStorageValue[]): Generator<StoredAdmin> {
    for (const row of this.#table.select(rest, ...bindings)) yield this.#stored(row);
  }

  #stored(row: Row): StoredAdmin {
    return { admin: adminOf(row), tampered: !this.#table.isGenuine(row) };
  }
}

const columnsOf = (admin: Admin): Row => ({
  id: admin.id,
  format: 1,
  lineage: admin.lineage,
  name: admin.name,
  hint: admin.hint,
  roles: JSON.stringify(admin.roles),
  ...lifecycleColumns(admin),
});

const adminOf = (row: Row): Admin => ({
  id: String(row.id),
  lineage: String(row.lineage),
  name: String(row.name),
  hint: String(row.hint),
  roles: listOr(row.roles),
  ...lifecycleOf(row),
});
