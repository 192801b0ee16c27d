import { afterEach, describe, expect, it } from "vitest";
import { deploy, startInOneShard, swap, swapWithRunAhead } from "../support/full-store.ts";
import {
  anotherIsolate,
  type CreatedKey,
  evictAll,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  rowOf,
  tell,
} from "../support/manager.ts";
import {
  both,
  fingerprintsOf,
  finishReencryption,
  newSecrets,
  oldSecrets,
  progressOf,
  reencrypt,
  removableOf,
  rotated,
  staged,
  start,
} from "../support/rotated-secrets.ts";
import { edit, keyRows } from "../support/tamper.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const [then, now] = [fingerprintsOf(oldSecrets), fingerprintsOf(newSecrets)];

const sqlIn = (object: string, statement: string, ...bindings: SqlStorageValue[]) =>
  inObject(object, (sql) => [...sql.exec(statement, ...bindings)]);

const from = (columns: readonly string[], id: string) =>
  columns.map((column) => `${column} = (SELECT ${column} FROM api_keys WHERE id = '${id}')`).join(", ");

/** Each towards secrets that the record is not under, or with what is in another's. */
const forgeries: readonly (readonly [string, (other: string, towards: typeof now) => string])[] = [
  ["another signer's fingerprint", (_other, { hmac }) => `mac_fingerprint = '${hmac}'`],
  ["another sealer's fingerprint", (_other, { encryption }) => `encryption_fingerprint = '${encryption}'`],
  [
    "both of these",
    (_other, { encryption, hmac }) => `mac_fingerprint = '${hmac}', encryption_fingerprint = '${encryption}'`,
  ],
  ["no sealer at all", () => "encryption_fingerprint = ''"],
  ["an encryption key's fingerprint as its signer's", () => `mac_fingerprint = '${then.encryption}'`],
  ["the present encryption key's as its signer's", () => `mac_fingerprint = '${now.encryption}'`],
  ["a signer of nobody", () => "mac_fingerprint = '0000000000000000'"],
  [
    "another signer's fingerprint and no signature",
    (_other, { hmac }) => `mac_fingerprint = '${hmac}', signature = x''`,
  ],
  ["another's envelope", (other) => from(["envelope"], other)],
  ["another's verifier", (other) => from(["verifier"], other)],
  ["another's envelope and verifier", (other) => from(["envelope", "verifier"], other)],
  ["another's secret and signature", (other) => from(["envelope", "verifier", "signature"], other)],
  ["a wider scope", () => `scopes = '["*"]'`],
  ["no revocation", () => "revoked_at = NULL, revocation_reason = NULL, revocation_note = NULL"],
];

/** Keys, each changed in one of these ways, the last of them revoked before. */
const forgeAll = async (manager: Manager, towards: typeof now): Promise<readonly CreatedKey[]> => {
  const other = await manager.createKey();
  const keys = [];
  for (const [label, assignment] of forgeries) {
    const key = await manager.createKey();
    if (label === "no revocation") await manager.revoke(key.id);
    expect([label, await edit(keyRows, key.id, assignment(other.id, towards))]).toEqual([label, 1]);
    keys.push(key);
  }
  return keys;
};

describe("whoever can write to the database, and has no secret", () => {
  it("makes no record genuine by any trade of what is in it, before, by or after a run", async () => {
    const before = await startInOneShard();
    const keys = await forgeAll(before, now);
    const stored = await Promise.all(keys.map(({ id }) => rowOf(id)));
    const manager = await swap(before);
    await manager.createKey();
    const progress = await reencrypt(manager);
    expect(progress).toMatchObject({ state: "done", missingSecrets: [] });
    expect(progress.quarantined).toEqual(keys.map(({ id }) => id));
    expect(await Promise.all(keys.map(({ id }) => rowOf(id)))).toEqual(stored);
    const late = await forgeAll(manager, then);
    expect((await manager.request("/v1/keys?limit=200")).status).toBe(200);
    for (const [index, { key }] of [...keys, ...late].entries()) {
      const label = forgeries[index % forgeries.length]?.[0];
      const verdict = await manager.validate(key);
      expect([label, verdict.valid, ["tampered", "unknown"].includes(verdict.code)]).toEqual([label, false, true]);
    }
    expect((await reencrypt(manager)).quarantinedCount).toBe(keys.length + late.length);
  });

  it("gets nothing said by the names of what is quarantined but a short word", async () => {
    const before = await startInOneShard();
    const told = "the whole of a text that somebody would like to see on the screen of whoever looks";
    await before.saveRole("team", { permissions: ["keys:read"] });
    await edit({ ...keyRows }, (await before.createKey()).id, `id = '${told}'`);
    await sqlIn("admin", "UPDATE roles SET name = ? WHERE name = 'team'", `${told}\n<script>`);
    const manager = await swap(before);
    const { quarantined } = await reencrypt(manager);
    expect(quarantined).toEqual([
      expect.stringMatching(/^roles\/[0-9a-f]{16}$/),
      expect.stringMatching(/^api_keys\/[0-9a-f]{16}$/),
    ]);
  });

  it("cannot lead a run astray by keys that are no text, or numbers beyond all that are ours", async () => {
    const before = await startInOneShard();
    const { id } = await before.createAdmin();
    const columns = (await sqlIn("admin", "SELECT name FROM pragma_table_info('admins') WHERE name <> 'id'"))
      .map(({ name }) => name)
      .join(", ");
    const strange = ["ff", "fe", "feff", "f5", "00", "00ff", "6100ff", "f0908080", "f0908081", "f0908082", "", "ff00"];
    for (const bytes of strange) {
      const insert = `INSERT INTO admins (id, ${columns}) SELECT CAST(x'${bytes}' AS TEXT), ${columns} FROM admins WHERE id = ?`;
      await sqlIn("admin", insert, id);
    }
    const tooLong = `INSERT INTO admins (id, ${columns}) SELECT printf('%.*c', 1500000, 'z'), ${columns} FROM admins WHERE id = ?`;
    await sqlIn("admin", tooLong, id);
    const keys = [await before.createKey(), await before.createKey(), await before.createKey()];
    for (const [index, ordinal] of ["9223372036854775807", "9007199254740993", "-9223372036854775808"].entries()) {
      await edit(keyRows, keys[index]?.id ?? "", `ordinal = ${ordinal}`);
    }
    const honest = await before.createKey();
    testWorld.renewedRowsMax = 2;
    const manager = await swap(before);
    const progress = await reencrypt(manager);
    expect(progress).toMatchObject({ state: "done", quarantinedCount: strange.length });
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
    const after = await deploy(manager, newSecrets);
    expect(await after.validate(honest.key)).toMatchObject({ valid: true });
    for (const { key } of keys) expect(await after.validate(key)).toMatchObject({ valid: false, code: "unknown" });
  });
});

describe("a record that is planted where no request leads", () => {
  it.each([
    ["an admin in a shard", "admin", "admins", "shard-00"],
    ["a key in the admin object", "shard-00", "api_keys", "admin"],
  ] as const)("is named, and holds nothing up: %s", async (_which, from, table, to) => {
    const before = await startInOneShard();
    const { key } = await before.createKey();
    const [row = {}] = await sqlIn(from, `SELECT * FROM ${table} LIMIT 1`);
    const home = to === "admin" ? "zz" : "00";
    const id = `${String(row.id).slice(0, 12)}${home}${String(row.id).slice(14)}`;
    const marks = Object.keys(row).map(() => "?");
    await sqlIn(to, `INSERT INTO ${table} VALUES (${marks.join(", ")})`, ...Object.values({ ...row, id }));
    const manager = await swap(before);
    expect(await reencrypt(manager)).toMatchObject({ state: "done", quarantined: [id] });
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
    const after = await deploy(manager, newSecrets);
    expect(await after.validate(key)).toMatchObject({ valid: true });
  });
});

const job = "UPDATE settings SET";
const ofTheJob = "WHERE name = 'reencryption'";

const changes = [
  `${job} value = replace(value, '"settings"', '"api_keys"') ${ofTheJob}`,
  `${job} value = replace(value, 'running', 'done') ${ofTheJob}`,
  `${job} value = 'no JSON' ${ofTheJob}`,
  `${job} format = 2 ${ofTheJob}`,
  `${job} mac_fingerprint = 'zzz' ${ofTheJob}`,
  `${job} mac_fingerprint = '${then.hmac}' ${ofTheJob}`,
  `${job} mac_fingerprint = '${now.encryption}' ${ofTheJob}`,
  `${job} signature = x'' ${ofTheJob}`,
  `DELETE FROM settings ${ofTheJob}`,
];

describe("the record of the run itself", () => {
  it("is not believed when it was changed", async () => {
    const before = await startInOneShard();
    await before.createAdmin();
    testWorld.renewedRowsMax = 1;
    const manager = await swapWithRunAhead(before);
    expect(await tell("admin", { type: "reencrypt-records" })).toBe("running");
    const [genuine = {}] = await sqlIn("admin", `SELECT * FROM settings ${ofTheJob}`);
    for (const statement of changes) {
      await sqlIn("admin", statement);
      await evictAll();
      const state = await tell("admin", { type: "reencrypt-records" });
      expect([statement, state]).toEqual([statement, "idle"]);
      expect((await progressOf(manager)).state).not.toBe("done");
      await sqlIn("admin", `DELETE FROM settings ${ofTheJob}`);
      await sqlIn("admin", "INSERT INTO settings VALUES (?, ?, ?, ?, ?)", ...Object.values(genuine));
      await evictAll();
    }
    expect(await tell("admin", { type: "reencrypt-records" })).toBe("running");
    expect(await removableOf(manager, oldSecrets)).toEqual([false, false]);
  });

  it("is not believed when an older one is put back, that says how far another run was", async () => {
    let manager = await startInOneShard();
    await manager.createKey();
    testWorld.renewedRowsMax = 1;
    manager = await swapWithRunAhead(manager);
    const older: Record<string, SqlStorageValue>[] = [];
    for (let state: unknown = "running"; state === "running"; ) {
      older.push(...(await sqlIn("shard-00", `SELECT * FROM settings ${ofTheJob}`)));
      state = await tell("shard-00", { type: "reencrypt-records" });
    }
    older.push(...(await sqlIn("shard-00", `SELECT * FROM settings ${ofTheJob}`)));
    expect(older.length).toBeGreaterThan(2);
    await finishReencryption(manager);
    manager = await deploy(manager, both(oldSecrets, newSecrets));
    const { key } = await manager.createKey();
    manager = await deploy(manager, rotated);
    await manager.createKey();
    for (const row of older) {
      await sqlIn("shard-00", `DELETE FROM settings ${ofTheJob}`);
      await sqlIn("shard-00", "INSERT INTO settings VALUES (?, ?, ?, ?, ?)", ...Object.values(row));
      await evictAll();
      expect(await tell("shard-00", { type: "reencrypt-records" })).toBe("idle");
      expect((await progressOf(manager)).state).not.toBe("done");
      expect(await removableOf(manager, oldSecrets)).toEqual([false, false]);
    }
    testWorld.renewedRowsMax = 50;
    await evictAll();
    expect((await reencrypt(manager)).state).toBe("done");
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
    expect(await (await deploy(manager, newSecrets)).validate(key)).toMatchObject({ valid: true });
  });

  it("keeps nobody from the events of an object whose state was changed", async () => {
    const manager = await startInOneShard();
    await manager.createKey();
    expect((await reencrypt(manager)).state).toBe("done");
    await sqlIn("shard-00", "UPDATE object_state SET greatest_time = greatest_time + 1");
    await evictAll();
    const { status, body } = await manager.request("/v1/events/verify");
    expect([status, body.intact]).toEqual([200, false]);
  });

  it("is written whole by the next start, whatever stood there", async () => {
    const before = await startInOneShard();
    const { key } = await before.createKey();
    const manager = await swapWithRunAhead(before);
    for (const object of ["admin", "shard-00"]) {
      await sqlIn(object, `${job} format = 9223372036854775807, value = '' ${ofTheJob}`);
    }
    await evictAll();
    expect((await progressOf(manager)).state).toBe("idle");
    await start(manager);
    await evictAll();
    expect(await finishReencryption(manager)).toMatchObject({ state: "done", quarantinedCount: 0 });
    const after = await deploy(manager, newSecrets);
    expect(await after.validate(key)).toMatchObject({ valid: true });
  });
});

describe("the record of the shards", () => {
  it.each(["is taken out", "is put back from a time of fewer shards"])(
    "lets no secret be called removable, for want of a shard that needs it, when it %s",
    async (how) => {
      const before = await startInOneShard();
      const key = await before.createKey();
      const [older = {}] = await sqlIn("admin", "SELECT * FROM settings WHERE name = 'shards'");
      const twoShards = await deploy(before, { SHARDS: "2" });
      const keys = [key];
      while (new Set(keys.map(({ id }) => objectOf(id))).size < 2) keys.push(await twoShards.createKey());
      await deploy(twoShards, { ...staged, SHARDS: "2" });
      await deploy(twoShards, { ...rotated, SHARDS: "2" });
      const [genuine = {}] = await sqlIn("admin", "SELECT * FROM settings WHERE name = 'shards'");
      const putBack = (row: Record<string, SqlStorageValue>) =>
        sqlIn("admin", "INSERT INTO settings VALUES (?, ?, ?, ?, ?)", ...Object.values(row));
      await sqlIn("admin", "DELETE FROM settings WHERE name = 'shards'");
      if (how !== "is taken out") await putBack(older);
      await evictAll();

      const misled = anotherIsolate(twoShards);
      for (const path of ["/v1/system", "/v1/system/reencrypt"]) {
        const answer = await misled.request(path);
        expect([path, answer.status, answer.body.code]).toEqual([path, 500, "internal_error"]);
      }
      await sqlIn("admin", "DELETE FROM settings WHERE name = 'shards'");
      await putBack(genuine);
      const manager = anotherIsolate(twoShards);
      expect((await reencrypt(manager)).state).toBe("done");
      expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
      const after = await deploy(manager, { ...newSecrets, SHARDS: "2" });
      for (const { key } of keys) expect(await after.validate(key)).toMatchObject({ valid: true });
    },
  );
});

describe("the record of adopted secrets", () => {
  it.each([
    ["current = 2", then.hmac],
    ["current = 2, mac_fingerprint = '0000000000000000'", then.hmac],
    ["current = 2, mac_fingerprint = '0000000000000000'", then.encryption],
    ["current = 2, mac_fingerprint = fingerprint, signature = x''", "0000000000000000"],
  ])("closes its object when it was changed (%s of %s)", async (assignment, fingerprint) => {
    const before = await startInOneShard();
    await before.createKey();
    const manager = await swap(before);
    await manager.createKey();
    await sqlIn(
      "shard-00",
      `INSERT OR IGNORE INTO adopted_secrets (fingerprint, format, kind, current, adopted_at, mac_fingerprint, signature)
         VALUES (?, 1, 'encryption', 0, 0, '${now.hmac}', x'')`,
      fingerprint,
    );
    await sqlIn("shard-00", `UPDATE adopted_secrets SET ${assignment} WHERE fingerprint = ?`, fingerprint);
    await evictAll();
    const answer = await manager.request("/v1/system");
    expect([answer.status, answer.body.code]).toEqual([503, "not_configured"]);
    expect(answer.body.detail).toContain("the record of adopted secrets in shard-00 was changed from outside");
  });

  it("makes nothing removable by what is taken out of it", async () => {
    const before = await startInOneShard();
    const { key } = await before.createKey();
    const manager = await swapWithRunAhead(before);
    expect(await tell("admin", { type: "reencrypt-records" })).toBe("idle");
    await sqlIn("shard-00", "DELETE FROM adopted_secrets WHERE current = 0");
    await evictAll();
    expect(await removableOf(manager, oldSecrets)).toEqual([false, false]);
    expect((await reencrypt(manager)).state).toBe("done");
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
    expect(await (await deploy(manager, newSecrets)).validate(key)).toMatchObject({ valid: true });
  });

  it("retires nothing by a row put back from a time in which its secret was retired", async () => {
    const before = await startInOneShard();
    await before.createKey();
    const first = await swap(before);
    await reencrypt(first);
    expect(await removableOf(first, oldSecrets)).toEqual([true, true]);
    const retired = await sqlIn("shard-00", "SELECT * FROM adopted_secrets WHERE current = 2");
    expect(retired).toHaveLength(2);

    const back = await deploy(first, staged);
    const { key } = await back.createKey();
    const manager = await deploy(back, rotated);
    await manager.createKey();
    await sqlIn("shard-00", "DELETE FROM adopted_secrets WHERE current = 0");
    for (const row of retired) {
      const marks = Object.keys(row).map(() => "?");
      await sqlIn("shard-00", `INSERT INTO adopted_secrets VALUES (${marks.join(", ")})`, ...Object.values(row));
    }
    await evictAll();
    await tell("admin", { type: "start-reencryption", target: null, again: false });
    while ((await tell("admin", { type: "reencrypt-records" })) === "running");
    expect(await removableOf(manager, oldSecrets)).toEqual([false, false]);
    expect((await reencrypt(manager)).state).toBe("done");
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
    expect(await (await deploy(manager, newSecrets)).validate(key)).toMatchObject({ valid: true });
  });

  it("retires nothing by a row that names a signer of its own making", async () => {
    const before = await startInOneShard();
    const { key } = await before.createKey();
    const manager = await swapWithRunAhead(before);
    expect(await tell("admin", { type: "reencrypt-records" })).toBe("idle");
    await sqlIn(
      "shard-00",
      `INSERT INTO adopted_secrets (fingerprint, format, kind, current, adopted_at, mac_fingerprint, signature)
         VALUES ('0000000000000000', 1, 'hmac', 0, 0, '0000000000000000', x'')`,
    );
    await sqlIn(
      "shard-00",
      "UPDATE adopted_secrets SET current = 2, mac_fingerprint = '0000000000000000' WHERE current = 0",
    );
    await evictAll();
    expect(await removableOf(manager, oldSecrets)).toEqual([false, false]);
    const early = await deploy(manager, newSecrets);
    const answer = await early.request("/v1/validate", { json: { key } });
    expect([answer.status, answer.body.code]).toEqual([503, "not_configured"]);
    expect(answer.body.detail).toContain(then.hmac);
  });
});

const rowBytes = (id: string) =>
  inObject("shard-00", (sql) => sql.exec("SELECT * FROM api_keys WHERE id = ?", id).one());

const putBack = (row: Record<string, SqlStorageValue>) =>
  inObject("shard-00", (sql) => {
    sql.exec("DELETE FROM api_keys WHERE id = ?", row.id);
    sql.exec(
      `INSERT INTO api_keys VALUES (${Object.keys(row)
        .map(() => "?")
        .join(", ")})`,
      ...Object.values(row),
    );
  });

describe("a genuine record from before the re-encryption, put back", () => {
  it("works while its secrets are held, is found by the walk through the events, and is dead without them", async () => {
    const before = await startInOneShard();
    const { id, key } = await before.createKey();
    const row = await rowBytes(id);
    await before.revoke(id);
    const manager = await swap(before);
    await manager.createKey();
    await reencrypt(manager);
    expect(await manager.validate(key)).toMatchObject({ valid: false, code: "revoked" });

    await putBack(row);
    expect(await manager.validate(key)).toMatchObject({ valid: true });
    expect((await manager.request("/v1/events/verify")).body).toMatchObject({ intact: false });
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);

    const after = await deploy(manager, newSecrets);
    expect(await after.validate(key)).toMatchObject({ valid: false, code: "unknown" });
    expect((await after.request(`/v1/keys/${id}`)).body).toMatchObject({ tampered: true });
    expect((await after.request("/v1/keys")).status).toBe(200);
    expect((await reencrypt(after)).quarantined).toEqual([id]);
    expect((await after.delete(id)).status).toBe(204);
  });
});
