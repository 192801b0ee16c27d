import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { Caller } from "../../src/core/access/caller.ts";
import { grantsOf } from "../../src/core/access/role.ts";
import type { UseCases } from "../../src/core/use-cases.ts";
import { open } from "../../src/infrastructure/crypto/envelope.ts";
import type { Keyring } from "../../src/infrastructure/crypto/keyring.ts";
import { fromHex, toHex } from "../../src/infrastructure/crypto/primitives.ts";
import { ObjectParts } from "../../src/infrastructure/object-parts.ts";
import { migrate } from "../../src/infrastructure/sqlite/migrations.ts";
import { bytesOf, type JsonRow, placeOf } from "./storage-document.ts";

const caller: Caller = {
  actor: { kind: "admin", id: "adm_0V3bQk1AAzz000000000", lineage: "adm_0V3bQk1AAzz000000000", name: "Zoë 🔑" },
  grants: grantsOf({ find: () => undefined }, ["owner"]),
  requestId: "request-of-the-test",
  ip: "2001:db8::1",
  idempotencyKey: null,
};

type Value = string | number | null | ArrayBuffer;

const toSqlite = (value: Value): SQLInputValue => (value instanceof ArrayBuffer ? new Uint8Array(value) : value);
const fromSqlite = (value: unknown): unknown => (value instanceof Uint8Array ? new Uint8Array(value).buffer : value);

const rowsOf = (database: DatabaseSync, statement: string, bindings: readonly Value[]) =>
  database
    .prepare(statement)
    .all(...bindings.map(toSqlite))
    .map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, fromSqlite(value)])));

/** As much of a Durable Object's storage as the adapters use. */
const storageOver = (database: DatabaseSync): DurableObjectStorage => {
  const exec = (statement: string, ...bindings: Value[]) => {
    const isScript = bindings.length === 0 && /;\s*\S/.test(statement);
    if (isScript) database.exec(statement);
    const rows = isScript ? [] : rowsOf(database, statement, bindings);
    return Object.assign(rows, { one: () => rows[0] });
  };
  return { sql: { exec }, transactionSync: (run: () => unknown) => run() } as unknown as DurableObjectStorage;
};

/** The parts of one object in plain Node: for looking at the very rows they write. */
export class NodeObject {
  readonly name: string;
  readonly #database = new DatabaseSync(":memory:");
  readonly #keyring: Keyring;
  readonly #parts: ObjectParts;

  constructor(name: string, keyring: Keyring) {
    this.name = name;
    this.#keyring = keyring;
    const storage = storageOver(this.#database);
    migrate(storage);
    this.#parts = new ObjectParts(storage, name, keyring, {
      machineTime: Date.now,
      limits: { examinedRowsMax: 5000, renewedRowsMax: 50 },
    });
    this.#parts.recordPrimaries();
  }

  /** As it stands in the object's state. */
  get chainKey(): Uint8Array {
    const [state = []] = this.rows("object_state");
    const place = { object: this.name, table: "object_state", row_id: "1", purpose: "chain-key", column: "chain_key" };
    const chainKey = open(this.#keyring.encryption, placeOf(place), fromHex(bytesOf(state, "chain_key").hex));
    if (!chainKey) throw new Error(`the chain key of ${this.name} does not open`);
    return chainKey;
  }

  execute<Type extends keyof UseCases>(command: Parameters<UseCases[Type]>[0] & { readonly type: Type }) {
    return this.#parts.bus.execute<Type>(command as never, caller);
  }

  /** What stands in a table, the columns in the order they stand in. */
  rows(table: string): JsonRow[] {
    return rowsOf(this.#database, `SELECT * FROM ${table}`, []).map((row) =>
      Object.entries(row).map(([column, value]) =>
        value instanceof ArrayBuffer ? [column, { hex: toHex(new Uint8Array(value)) }] : [column, value as string],
      ),
    );
  }
}
