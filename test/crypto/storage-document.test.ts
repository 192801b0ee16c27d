import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { freshStorageDocument } from "../support/fresh-storage-document.ts";
import type { NodeObject } from "../support/node-object.ts";
import { columnOf, type StorageDocument } from "../support/storage-document.ts";

const folder = mkdtempSync(join(tmpdir(), "latchkey-vectors-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = join(import.meta.dirname, "../../scripts/vectors.mjs");

/** What the implementation that shares no code with the product says of a document. */
const judge = (document: unknown): { readonly accepted: boolean; readonly said: string } => {
  const file = join(folder, "document.json");
  writeFileSync(file, JSON.stringify(document));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "check", file], { encoding: "utf8" });
  return { accepted: status === 0, said: `${stdout}${stderr}`.trim() };
};

const create = (shard: NodeObject, recoverable: boolean): string => {
  const created = shard.execute<"create-key">({
    type: "create-key",
    name: "Zoë — 鍵 🔑",
    owner: "acct_42",
    prefix: "acme_live",
    scopes: ["orders:*"],
    metadata: { team: "Ærø", size: 3 },
    enabled: true,
    recoverable,
    expiry: recoverable ? { inSeconds: 3600 } : null,
  });
  if (!created.ok) throw new Error(`create was refused: ${created.failure.code}`);
  return created.value.id;
};

/** A key that was changed and whose rotation was finished by hand, its successor, one revoked, one untouched. */
const useEveryColumn = (shard: NodeObject): void => {
  const id = create(shard, true);
  shard.execute<"update-key">({
    type: "update-key",
    id,
    changes: { name: 'Renamed"\\', enabled: true },
    metadata: { size: 4 },
  });
  shard.execute<"rotate-key">({ type: "rotate-key", id, graceSeconds: 60 });
  shard.execute<"finish-rotation">({ type: "finish-rotation", id });
  const revoked = create(shard, false);
  shard.execute<"revoke-key">({ type: "revoke-key", id: revoked, reason: "leaked", note: "🔑", lineage: false });
  create(shard, false);
};

/** A role narrowed and one not, a session, and a recovery. */
const useAccess = (admin: NodeObject): void => {
  admin.execute<"set-up">({ type: "set-up", name: "First owner" });
  const role = { type: "save-role", description: "Zoë's 🔑", constraint: null } as const;
  admin.execute<"save-role">({ ...role, name: "checker", permissions: ["keys:validate"] });
  const narrowed = { owners: ["acct_*"], scopes: ["orders:*"] };
  admin.execute<"save-role">({ ...role, name: "clerk", permissions: ["keys:read"], constraint: narrowed });
  admin.execute<"save-role">({ ...role, name: "clerk", permissions: ["keys:read"], description: null });
  admin.execute<"start-session">({ type: "start-session" });
  admin.execute<"recover-owner">({ type: "recover-owner", name: "Found again", tokenDigest: "0".repeat(64) });
};

const used = (): StorageDocument =>
  freshStorageDocument((admin, shard) => {
    useAccess(admin);
    admin.execute<"record-shards">({ type: "record-shards", count: 4 });
    useEveryColumn(shard);
  });

const turned = (hex: string): string => `${hex.slice(0, -1)}${hex.endsWith("0") ? "1" : "0"}`;

type Section = keyof StorageDocument;

/** One vector of a section with its last value, which is always computed from the others, changed by one digit. */
const alteredIn = (document: StorageDocument, section: Section): unknown => {
  const [first, ...others] = document[section];
  const [name, value] = Object.entries(first ?? {}).at(-1) ?? [];
  if (name === undefined || typeof value !== "string") throw new Error(`${section} does not end in a text`);
  return { ...document, [section]: [{ ...first, [name]: turned(value) }, ...others] };
};

describe("what the product stores", () => {
  const document = used();

  it("is rows of every table that it writes", () => {
    const tables = document.rows.map(({ object, table }) => `${object} ${table}`);
    expect([...new Set(tables)].toSorted()).toEqual(
      [
        ...[
          "admin admins",
          "admin adopted_secrets",
          "admin object_state",
          "admin roles",
          "admin sessions",
          "admin settings",
        ],
        ...["shard-00 adopted_secrets", "shard-00 api_keys", "shard-00 object_state"],
      ].toSorted(),
    );
    expect(document.chains.map(({ object, events }) => [object, events.length])).toEqual([
      ["admin", 5],
      ["shard-00", 7],
    ]);
    expect(new Set(document.envelopes.map(({ purpose }) => purpose)).size).toBe(4);
  });

  it("ends each object's chain in the head that its state holds", () => {
    for (const { object, events } of document.chains) {
      const state = document.rows.find((row) => row.object === object && row.table === "object_state")?.row ?? [];
      expect(columnOf(state, "sequence")).toBe(events.length);
      expect(columnOf(state, "head_mac")).toEqual({ hex: events.at(-1)?.head_mac });
    }
  });

  it("is byte for byte what the documentation says, to an implementation made from it alone", () => {
    expect(judge(document)).toMatchObject({ said: expect.stringMatching(/^ok \d{3,}$/), accepted: true });
  });

  it.each<Section>(["checksums", "encryption_keys", "hmac_secrets", "frames", "keys", "envelopes", "rows", "cursors"])(
    "is refused by it after one digit of %s was changed",
    (section) => {
      const { accepted, said } = judge(alteredIn(document, section));
      expect([accepted, said]).toEqual([false, expect.stringContaining(`${section}.0`)]);
    },
  );

  it("is refused by it after one digit of an event's hash was changed", () => {
    const [admin, shard] = document.chains;
    const [first, ...later] = shard?.events ?? [];
    const events = [{ ...first, hash: turned(first?.hash ?? "") }, ...later];
    const { accepted, said } = judge({ ...document, chains: [admin, { ...shard, events }] });
    expect([accepted, said]).toEqual([false, expect.stringContaining("chains.1.events.0")]);
  });

  it("is refused by it after one value of a row was changed and its signature kept", () => {
    const rows = document.rows.map((vector) => ({
      ...vector,
      row: vector.row.map(([column, value]) => [column, column === "grace_finished" && value === 1 ? 0 : value]),
    }));
    expect(rows).not.toEqual(document.rows);
    expect(judge({ ...document, rows }).accepted).toBe(false);
  });
});
