import { afterEach, describe, expect, it } from "vitest";
import storageDocument from "../../docs/storage.md?raw";
import {
  type CreatedKey,
  evictAll,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  startManager,
} from "../support/manager.ts";

afterEach(forgetEverything);

interface Column {
  readonly table: string;
  readonly name: string;
}

const platformTable = /^(_cf_|__miniflare|sqlite_)/;

const columnsIn = (object: string): Promise<Column[]> =>
  inObject(object, (sql) =>
    [...sql.exec<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")]
      .filter(({ name }) => !platformTable.test(name))
      .flatMap(({ name: table }) =>
        [...sql.exec<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`)].map(({ name }) => ({
          table,
          name,
        })),
      ),
  );

const flipped = (value: SqlStorageValue): SqlStorageValue => {
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return `${value.slice(0, -1)}${value.endsWith("x") ? "y" : "x"}`;
  if (value === null) return null;
  const bytes = new Uint8Array(value.slice(0));
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.buffer;
};

const printed = (value: SqlStorageValue): string =>
  value instanceof ArrayBuffer ? new Uint8Array(value).join() : String(value);

/** Nullable columns hold nothing in an ordinary key: what a forger would put there. */
const planted: Readonly<Record<string, SqlStorageValue>> = {
  expires_at: 4_102_444_800_000,
  predecessor: "key_00000000000000000000",
  successor: "key_00000000000000000000",
  grace_ends_at: 4_102_444_800_000,
  first_used_at: 1,
  revoked_at: 1,
  revocation_reason: "leaked",
  revocation_note: "note",
};

const writeColumn = async ({ id }: CreatedKey, column: string): Promise<void> => {
  await inObject(objectOf(id), (sql) => {
    const before = sql.exec(`SELECT ${column} AS value FROM api_keys WHERE id = ?`, id).one().value ?? null;
    const after = before === null ? (planted[column] ?? null) : flipped(before);
    expect(printed(after)).not.toBe(printed(before));
    sql.exec(`UPDATE api_keys SET ${column} = ? WHERE id = ?`, after, id);
  });
};

const decidesTheMatch = ["id", "ordinal", "verifier", "mac_fingerprint"];

const keyWith = (manager: Manager) => manager.createKey({ scopes: ["orders:read"], metadata: { team: "a" } });

describe("a record that was changed in the database", () => {
  it("is valid as long as nobody touches it", async () => {
    const manager = await startManager();
    const key = await keyWith(manager);
    await evictAll();
    expect(await manager.validate(key.key)).toMatchObject({ valid: true });
  });

  it("is refused whichever of its columns was changed", async () => {
    const manager = await startManager();
    const sample = await keyWith(manager);
    const columns = (await columnsIn(objectOf(sample.id))).filter(({ table }) => table === "api_keys");
    expect(columns.length).toBe(29);
    for (const { name } of columns) {
      const key = await keyWith(manager);
      await writeColumn(key, name);
      const code = decidesTheMatch.includes(name) ? "unknown" : "tampered";
      expect(await manager.validate(key.key), name).toMatchObject({ valid: false, code });
    }
  });

  it("is refused when the envelopes of two records are swapped", async () => {
    const manager = await startManager();
    const keys = [await keyWith(manager)];
    while (!keys[1]) {
      const other = await keyWith(manager);
      if (objectOf(other.id) === objectOf(keys[0]?.id ?? "")) keys.push(other);
    }
    const [one, other] = keys.map(({ id }) => id);
    await inObject(objectOf(one ?? ""), (sql) => {
      const envelope = (id: string | undefined) =>
        sql.exec("SELECT envelope FROM api_keys WHERE id = ?", id).one().envelope;
      const [first, second] = [envelope(one), envelope(other)];
      sql.exec("UPDATE api_keys SET envelope = ? WHERE id = ?", second, one);
      sql.exec("UPDATE api_keys SET envelope = ? WHERE id = ?", first, other);
    });
    for (const { key } of keys) expect(await manager.validate(key)).toMatchObject({ code: "tampered" });
  });

  it("is reported once an hour, however often it is asked for", async () => {
    const manager = await startManager();
    const key = await keyWith(manager);
    await writeColumn(key, "owner");
    for (let time = 0; time < 5; time += 1) await manager.validate(key.key);
    await evictAll();
    await manager.validate(key.key);
    const reports = await inObject(objectOf(key.id), (sql) =>
      sql.exec("SELECT count(*) AS count FROM events WHERE type = 'key.tampered' AND subject_id = ?", key.id).one(),
    );
    expect(reports).toEqual({ count: 1 });
  });

  it("is shown as tampered, can be revoked, and is never signed again", async () => {
    const manager = await startManager();
    const key = await keyWith(manager);
    await writeColumn(key, "scopes");
    expect((await manager.request(`/v1/keys/${key.id}`)).body).toMatchObject({ id: key.id, tampered: true });
    const revoked = await manager.revoke(key.id, { reason: "tampered" });
    expect(revoked.body).toMatchObject({ status: "revoked", tampered: true });
    expect(await manager.validate(key.key)).toMatchObject({ code: "tampered" });
  });

  it("gives no right when a stored admin was given another role", async () => {
    const manager = await startManager();
    await inObject("admin", (sql) => sql.exec(`UPDATE admins SET roles = '["owner","operator"]'`));
    const answer = await manager.request("/v1/me");
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ code: "invalid_credential", reason: "tampered" });
  });
});

describe("the storage document", () => {
  it("tells of every column there is whether it is signed", async () => {
    const manager = await startManager();
    const { id } = await keyWith(manager);
    for (const object of ["admin", objectOf(id)]) {
      const columns = await columnsIn(object);
      expect(columns.length).toBeGreaterThan(90);
      const unexplained = columns.filter((column) => !isSigned(column) && !isNamedUnsigned(column));
      expect(unexplained).toEqual([]);
    }
  });

  it("notices a column it does not tell of", () => {
    expect(isSigned({ table: "api_keys", name: "planted" })).toBe(false);
    expect(isNamedUnsigned({ table: "api_keys", name: "planted" })).toBe(false);
  });
});

const [, tables = "", unsigned = ""] =
  /\n## 8\. Tables\n([\s\S]*)\n### Unsigned\n([\s\S]*)$/.exec(storageDocument) ?? [];

const isSigned = ({ table, name }: Column): boolean => {
  const [section = ""] = tables.split("\n### ").filter((text) => text.startsWith(`${table} (`));
  return section.includes(`\`${name}\``) && !["signature", "hash"].includes(name);
};

/** The left column of the table: `table.column`, in which `*` is any name. */
const unsignedPatterns = [...unsigned.matchAll(/`([a-z_*]+)\.([a-z_*]+)`/g)].map(
  ([, table = "", name = ""]) => new RegExp(`^${table.replace("*", ".*")}\\.${name.replace("*", ".*")}$`),
);

const isNamedUnsigned = ({ table, name }: Column): boolean =>
  unsignedPatterns.some((pattern) => pattern.test(`${table}.${name}`));
