import type { Admin, StoredAdmin } from "../../core/access/admin.ts";
import type { Admins } from "../../core/ports.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { lifecycleColumns, lifecycleOf, listOr } from "./lifecycle-columns.ts";
import type { ObjectState } from "./object-state.ts";
import { isSecretOf, secretColumns } from "./protected-secret.ts";
import { type Row, SignedTable, type Signing } from "./signed-table.ts";

const adminsTable = {
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

  constructor(signing: Signing, keyring: Keyring, state: ObjectState) {
    this.#table = new SignedTable(signing, adminsTable);
    this.#object = signing.object;
    this.#keyring = keyring;
    this.#state = state;
  }

  findBySecret(id: string, digest: Uint8Array): StoredAdmin | undefined {
    const row = this.#table.first("WHERE id = ?", id);
    if (!isSecretOf(this.#table, row, digest) || !row) return undefined;
    return { admin: adminOf(row), tampered: !this.#table.isGenuine(row) };
  }

  insert(admin: Admin, keyString: string): void {
    const place = { object: this.#object, table: adminsTable.name, rowId: admin.id };
    this.#table.insert({ ...columnsOf(admin), ...secretColumns(this.#keyring, place, keyString, false) });
    this.#state.count(`encryption:${this.#keyring.encryption.primary.fingerprint}`, 1);
    this.#state.count(`mac:${this.#keyring.hmac.primary.fingerprint}`, 1);
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
