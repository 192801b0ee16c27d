import type { ApiKey, StoredApiKey } from "../../core/api-key/api-key.ts";
import type { KeySearch } from "../../core/api-key/key-search.ts";
import { searchWordsOf } from "../../core/api-key/key-search.ts";
import { homeOf, isId, ordinalOf } from "../../core/api-key/key-string.ts";
import type { ApiKeys } from "../../core/ports.ts";
import { open } from "../crypto/envelope.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { homeOfName } from "../object-names.ts";
import { apiKeyOf, apiKeysTable, columnsOf } from "./api-key-row.ts";
import type { KeyUses } from "./key-uses.ts";
import { newestOfAll } from "./newest-of-all.ts";
import type { ObjectState } from "./object-state.ts";
import { isSecretOf, secretColumns } from "./protected-secret.ts";
import { countProtected } from "./protection-counters.ts";
import { differenceOf, fromBlob, type Row, SignedTable, type Signing } from "./signed-table.ts";
import type { SqliteKeptAnswers } from "./sqlite-kept-answers.ts";
import type { SqliteKeyTally } from "./sqlite-key-tally.ts";
import type { SqliteValidations } from "./sqlite-validations.ts";

/** What is kept of keys beside their records, and has to change or to go with them. */
interface BesideKeys {
  readonly uses: KeyUses;
  readonly validations: Pick<SqliteValidations, "forget">;
  readonly keyTally: Pick<SqliteKeyTally, "replace">;
  readonly keptAnswers: Pick<SqliteKeptAnswers, "erase">;
}

export class SqliteApiKeys implements ApiKeys {
  readonly #table: SignedTable;
  readonly #sql: SqlStorage;
  readonly #object: string;
  readonly #keyring: Keyring;
  readonly #state: ObjectState;
  readonly #beside: BesideKeys;

  constructor(signing: Signing, keyring: Keyring, state: ObjectState, beside: BesideKeys) {
    this.#table = new SignedTable(signing, apiKeysTable);
    this.#sql = signing.sql;
    this.#object = signing.object;
    this.#keyring = keyring;
    this.#state = state;
    this.#beside = beside;
  }

  find(id: string): StoredApiKey | undefined {
    const row = this.#row(id);
    return row && this.#stored(row);
  }

  findBySecret(id: string, digest: Uint8Array): StoredApiKey | undefined {
    const row = this.#row(id);
    return isSecretOf(this.#table, row, digest) && row ? this.#stored(row) : undefined;
  }

  lineage(lineage: string): readonly StoredApiKey[] {
    const first = this.#row(lineage);
    const later = this.#table.select("WHERE lineage = ? AND lineage <> id ORDER BY ordinal", lineage);
    return [...(first ? [first] : []), ...later].map((row) => this.#stored(row));
  }

  *newestFirst(search: KeySearch, before: string | null): Iterable<StoredApiKey> {
    const top = before === null ? Number.MAX_SAFE_INTEGER : ordinalOf(before);
    for (const row of this.#candidates(search, top)) {
      const id = String(row.id);
      if (this.#isAtHome(id, row) && (before === null || id < before)) yield this.#stored(row);
    }
  }

  insert(key: ApiKey, keyString: string): void {
    const place = { object: this.#object, table: apiKeysTable.name, rowId: key.id };
    const secret = secretColumns(this.#keyring, place, keyString, key.recoverable);
    countProtected(this.#state, this.#table.insert({ ...columnsOf(key), ...secret }), 1);
    this.#index(key);
    this.#count(null, key);
  }

  save(before: StoredApiKey, after: ApiKey): void {
    const row = this.#row(after.id);
    if (!row) throw new Error(`the key ${after.id} vanished between its read and its write`);
    const changes = differenceOf(columnsOf(before.key), columnsOf(after));
    if (before.tampered) this.#table.updateUnsigned(row, changes);
    else this.#table.update(row, changes, this.#table.secretOf(row));
    if ("name" in changes || "owner" in changes) {
      this.#unindex(after.id);
      this.#index(after);
    }
    if (after.revokedAt !== null) this.#beside.keptAnswers.erase(after.id);
    this.#count(before.key, after);
  }

  remove({ key }: StoredApiKey): void {
    const row = this.#row(key.id);
    if (!row) throw new Error(`the key ${key.id} vanished between its read and its removal`);
    this.#sql.exec("DELETE FROM api_keys WHERE ordinal = ?", ordinalOf(key.id));
    this.#unindex(key.id);
    this.#count(key, null);
    this.#beside.uses.forget(key.id);
    this.#beside.validations.forget(key.id);
    this.#beside.keptAnswers.erase(key.id);
    countProtected(this.#state, row, -1);
  }

  keyString(id: string): string | undefined {
    const place = { object: this.#object, table: apiKeysTable.name, rowId: id, column: "envelope" } as const;
    const row = this.#row(id);
    const opened = row && open(this.#keyring.encryption, { ...place, purpose: "key-string" }, fromBlob(row.envelope));
    return opened && new TextDecoder().decode(opened);
  }

  noteUse(id: string, at: number): void {
    this.#beside.uses.note(id, at);
  }

  #row(id: string): Row | undefined {
    return this.#table.first("WHERE ordinal = ? AND id = ?", ordinalOf(id), id);
  }

  /** A row under an id that does not lead to it cannot be asked for by anybody, and would lead a walk astray. */
  #isAtHome(id: string, { ordinal }: Row): boolean {
    return isId("key", id) && ordinalOf(id) === ordinal && homeOf(id) === homeOfName(this.#object);
  }

  /** By the narrowest index the search allows. */
  #candidates({ ids, lineages, words, owners, statuses }: KeySearch, top: number): Iterable<Row> {
    const select = (where: string, ...bindings: SqlStorageValue[]): Iterable<Row> =>
      this.#table.select(`WHERE ${where} ORDER BY ordinal DESC`, ...bindings);

    if (ids.length > 0) {
      return newestOfAll(ids.map((id) => select("ordinal = ? AND id = ? AND ordinal <= ?", ordinalOf(id), id, top)));
    }
    if (lineages.length > 0) {
      return newestOfAll(
        lineages.flatMap((lineage) => [
          select("lineage = ? AND lineage <> id AND ordinal <= ?", lineage, top),
          select("ordinal = ? AND id = ? AND ordinal <= ?", ordinalOf(lineage), lineage, top),
        ]),
      );
    }
    if (words.length > 0) return this.#byWords(words, top);
    if (owners.length > 0) {
      return newestOfAll(owners.map((owner) => select("owner = ? AND ordinal <= ?", owner, top)));
    }
    if (statuses.length === 1 && statuses[0] === "revoked")
      return select("revoked_at IS NOT NULL AND ordinal <= ?", top);
    return select("ordinal <= ?", top);
  }

  *#byWords(words: readonly string[], top: number): Iterable<Row> {
    const hits = this.#sql.exec<{ rowid: number }>(
      "SELECT rowid FROM api_key_words WHERE api_key_words MATCH ? AND rowid <= ? ORDER BY rowid DESC",
      words.map((word) => `"${word}"*`).join(" AND "),
      top,
    );
    for (const { rowid } of hits) {
      const row = this.#table.first("WHERE ordinal = ?", rowid);
      if (row) yield row;
    }
  }

  #index(key: ApiKey): void {
    const words = searchWordsOf(key).join(" ");
    this.#sql.exec("INSERT INTO api_key_words (rowid, words) VALUES (?, ?)", ordinalOf(key.id), words);
  }

  #unindex(id: string): void {
    this.#sql.exec("DELETE FROM api_key_words WHERE rowid = ?", ordinalOf(id));
  }

  #count(before: ApiKey | null, after: ApiKey | null): void {
    if (before) this.#countFacts(before, -1);
    if (after) this.#countFacts(after, 1);
    this.#beside.keyTally.replace(before, after);
  }

  #countFacts(key: ApiKey, change: 1 | -1): void {
    this.#state.count("keys", change);
    if (key.revokedAt !== null) this.#state.count("revoked", change);
    if (!key.enabled) this.#state.count("disabled", change);
    if (key.successor !== null) this.#state.count("rotated", change);
  }

  /** The signature is checked, and the last use looked up, when somebody first asks. */
  #stored(row: Row): StoredApiKey {
    const table = this.#table;
    const { uses } = this.#beside;
    let tampered: boolean | undefined;
    return {
      key: apiKeyOf(row),
      get lastUsedAt() {
        return uses.lastUsedAt(String(row.id));
      },
      get tampered() {
        tampered ??= !table.isGenuine(row);
        return tampered;
      },
    };
  }
}
