import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { customAlphabet } from "nanoid";
import type { Caller } from "../../src/core/access/caller.ts";
import { grantsOf } from "../../src/core/access/permissions.ts";
import { base62Digits } from "../../src/core/api-key/base62.ts";
import { bareIdOf } from "../../src/core/api-key/key-string.ts";
import { CommandBus } from "../../src/core/command-bus.ts";
import { type UseCases, useCases } from "../../src/core/use-cases.ts";
import type { Keyring } from "../../src/infrastructure/crypto/keyring.ts";
import { mintKeyString } from "../../src/infrastructure/crypto/mint-key-string.ts";
import { toHex } from "../../src/infrastructure/crypto/primitives.ts";
import { homeOfName } from "../../src/infrastructure/object-names.ts";
import { AdoptedSecrets } from "../../src/infrastructure/sqlite/adopted-secrets.ts";
import { migrate } from "../../src/infrastructure/sqlite/migrations.ts";
import { ObjectState } from "../../src/infrastructure/sqlite/object-state.ts";
import { SqliteAdmins } from "../../src/infrastructure/sqlite/sqlite-admins.ts";
import { SqliteApiKeys } from "../../src/infrastructure/sqlite/sqlite-api-keys.ts";
import { SqliteEvents } from "../../src/infrastructure/sqlite/sqlite-events.ts";
import { SqliteSettings } from "../../src/infrastructure/sqlite/sqlite-settings.ts";
import type { JsonRow } from "./storage-document.ts";

const caller: Caller = {
  actor: { kind: "admin", id: "adm_0V3bQk1AAzz000000000", lineage: "adm_0V3bQk1AAzz000000000", name: "Zoë 🔑" },
  grants: grantsOf(["owner"]),
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

/** The adapters of one object and the bus over them, in plain Node: for looking at the very rows they write. */
export class NodeObject {
  readonly name: string;
  readonly #bus: CommandBus<UseCases>;
  readonly #database = new DatabaseSync(":memory:");
  readonly #state: ObjectState;

  constructor(name: string, keyring: Keyring, machineTime: () => number) {
    this.name = name;
    const storage = storageOver(this.#database);
    migrate(storage);
    const { sql } = storage;
    const adopted = new AdoptedSecrets({ sql, object: name, ring: keyring.hmac }, keyring);
    adopted.recordPrimaries(machineTime());
    const hasWrittenUnder = (fingerprint: string) => adopted.has(fingerprint);
    const signing = { sql, object: name, ring: keyring.hmac, hasWrittenUnder };
    const state = new ObjectState(signing, keyring, machineTime);
    const randomPart = customAlphabet(base62Digits, 10);
    const ports = {
      clock: state,
      mint: {
        bareId: () => bareIdOf(state.nextOrdinal(), homeOfName(name), randomPart()),
        keyString: (prefix: string, bareId: string) => mintKeyString(keyring.hmac.primary, prefix, bareId),
      },
      apiKeys: new SqliteApiKeys(signing, keyring, state),
      admins: new SqliteAdmins(signing, keyring, state),
      events: new SqliteEvents(sql, name, state),
      settings: new SqliteSettings(signing, adopted, state),
      limits: { examinedRowsMax: 5000 },
    };
    this.#state = state;
    this.#bus = new CommandBus(useCases(ports), (_command, _caller, run) => {
      const answer = run();
      state.write();
      return answer;
    });
  }

  get chainKey(): Uint8Array {
    return this.#state.chainKey();
  }

  execute<Type extends keyof UseCases>(command: Parameters<UseCases[Type]>[0] & { readonly type: Type }) {
    return this.#bus.execute<Type>(command as never, caller);
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
