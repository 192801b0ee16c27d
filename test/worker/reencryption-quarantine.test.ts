import { afterEach, describe, expect, it } from "vitest";
import { sha256, toHex } from "../../src/infrastructure/crypto/primitives.ts";
import { deploy, startInOneShard, swap } from "../support/full-store.ts";
import { evictAll, forgetEverything, inObject, type Manager } from "../support/manager.ts";
import {
  finishReencryption,
  newSecrets,
  oldSecrets,
  type Progress,
  pause,
  reencrypt,
  removableOf,
  start,
} from "../support/rotated-secrets.ts";
import { isAlive, openSession, visitWith } from "../support/session.ts";
import {
  adminRows,
  alter,
  bytesOf,
  columnsOf,
  edit,
  keptRows,
  keyRows,
  type Place,
  roleRows,
  sessionTable,
  settingRows,
} from "../support/tamper.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

/** One record that somebody changed, and how clients are refused because of it. */
interface Tampered {
  readonly label: string;
  readonly place: Place;
  readonly id: string | ArrayBuffer;
  readonly name: string;
  refusal(manager: Manager): Promise<unknown>;
}

const hexOf = (digest: ArrayBuffer) => toHex(new Uint8Array(digest)).slice(0, 16);

type Maker = (manager: Manager, column: string) => Promise<Omit<Tampered, "label" | "place">>;

const refusalOfKey = async (manager: Manager, key: string) => (await manager.validate(key)).code;

const refusalOfAdmin = async (manager: Manager, key: string) => {
  const { status, body } = await manager.as(key).request("/v1/me");
  return [status, body.reason];
};

const tamperedKey: Maker = async (manager, column) => {
  const { id: made, key } = await manager.createKey({ scopes: ["orders:read"] });
  const id = await alter(keyRows, made, column);
  return { id, name: id, refusal: (asked) => refusalOfKey(asked, key) };
};

const tamperedAdmin: Maker = async (manager, column) => {
  const { id: made, key } = await manager.createAdmin();
  const id = await alter(adminRows, made, column);
  return { id, name: id, refusal: (asked) => refusalOfAdmin(asked, key) };
};

const tamperedSession: Maker = async (manager, column) => {
  const visit = await openSession(manager);
  const id = await alter(sessionTable, visit.id, column);
  return { id, name: id, refusal: (asked) => isAlive(visitWith(asked, visit.token)) };
};

const tamperedRole: Maker = async (manager, column) => {
  const name = `role-${column.replaceAll("_", "-")}a`;
  await manager.saveRole(name, { permissions: ["keys:read"], constraint: { owners: ["acct_1"] } });
  const id = await alter(roleRows, name, column);
  return {
    id,
    name: `roles/${id}`,
    refusal: async (asked) => (await asked.request(`/v1/roles/${id}`)).body.tampered,
  };
};

const tamperedAnswer: Maker = async (manager, column) => {
  const once = `once-${column}`;
  const headers = { "Idempotency-Key": once };
  const repeat = (asked: Manager) => asked.request("/v1/keys", { json: { name: "Once", owner: "acct_1" }, headers });
  await repeat(manager);
  const id = await alter(keptRows, sha256(once).slice().buffer as ArrayBuffer, column);
  // Where these are others, nothing is found, and the repeat would be a new request.
  const isFound = !["caller", "key_digest"].includes(column);
  return {
    id,
    name: `idempotency_records/${hexOf(id)}`,
    refusal: async (asked) => (isFound ? (await repeat(asked)).status : "not found"),
  };
};

const kinds = [
  [keyRows, tamperedKey, 29],
  [adminRows, tamperedAdmin, 24],
  [sessionTable, tamperedSession, 11],
  [roleRows, tamperedRole, 10],
  [keptRows, tamperedAnswer, 15],
] as const;

/** A store in which, for every column, there is a record that differs from what was written in that column alone. */
const tamperWithEverything = async (manager: Manager): Promise<Tampered[]> => {
  const tampered: Tampered[] = [];
  for (const [place, make, count] of kinds) {
    const columns = await columnsOf(place);
    expect([place.table, columns.length]).toEqual([place.table, count]);
    tampered.push(...(await tamperWith(manager, place, make, columns)));
  }
  return tampered;
};

const tamperWith = async (manager: Manager, place: Place, make: Maker, columns: readonly string[]) => {
  const tampered: Tampered[] = [];
  for (const column of columns) {
    tampered.push({ label: `${place.table}.${column}`, place, ...(await make(manager, column)) });
  }
  return tampered;
};

/** One each of what is told, sealed, derived and signed. */
const tellingColumns = ["id", "name", "envelope", "verifier", "mac_fingerprint", "signature"];

const seenOf = async (manager: Manager, tampered: readonly Tampered[]): Promise<unknown[]> => {
  const seen = [];
  for (const { label, refusal } of tampered) seen.push([label, await refusal(manager)]);
  return seen;
};

const storedOf = async (tampered: readonly Tampered[]): Promise<unknown[]> => {
  const stored = [];
  for (const { label, place, id } of tampered) stored.push([label, await bytesOf(place, id)]);
  return stored;
};

const expectNamed = ({ quarantined, quarantinedCount }: Progress, names: readonly string[]): void => {
  expect(quarantined.toSorted()).toEqual(names.toSorted());
  expect(quarantinedCount).toBe(names.length);
};

describe("a record that was changed in the database", () => {
  it("stays byte for byte what it is, whichever of its columns was changed, and is named once by every run", async () => {
    const before = await startInOneShard();
    await before.createKey();
    const tampered = await tamperWithEverything(before);
    const names = tampered.map(({ name }) => name);
    const [refusals, stored] = [await seenOf(before, tampered), await storedOf(tampered)];

    const manager = await swap(before);
    await manager.createKey();
    const first = await reencrypt(manager);
    expect(first).toMatchObject({ state: "done", left: 0, missingSecrets: [] });
    expectNamed(first, names);
    expect(await storedOf(tampered)).toEqual(stored);
    expect(await seenOf(manager, tampered)).toEqual(refusals);

    testWorld.renewedRowsMax = 9;
    await evictAll();
    await start(manager);
    await evictAll();
    await pause(manager);
    await start(manager);
    expectNamed(await finishReencryption(manager), names);
    expect(await storedOf(tampered)).toEqual(stored);
    expect(await removableOf(manager, oldSecrets)).toEqual([false, false]);
  });

  it("holds the old secrets up until it is revoked or deleted, and is refused without them too", async () => {
    const before = await startInOneShard();
    const tampered = [
      ...(await tamperWith(before, keyRows, tamperedKey, ["ordinal", ...tellingColumns])),
      ...(await tamperWith(before, adminRows, tamperedAdmin, tellingColumns)),
    ];
    await edit(adminRows, (await before.createAdmin()).id, "id = 'found by nobody'");
    const { id, key } = await before.createKey();
    const swapped = await swap(before);
    await swapped.createKey();
    await reencrypt(swapped);
    expect(await removableOf(swapped, oldSecrets)).toEqual([false, false]);

    const live = async (path: string) =>
      (await swapped.request(`/v1/${path}?limit=200`)).body.items.filter(
        (item: { tampered: boolean; status: string }) => item.tampered && item.status !== "revoked",
      );
    const [keys, admins] = [await live("keys"), await live("admins")];
    // One key's ordinal and one admin's id lead nobody to them: neither can be revoked, so neither holds anything up.
    expect([keys.length, admins.length]).toEqual([tellingColumns.length, tellingColumns.length + 1]);
    for (const one of keys.slice(1)) expect((await swapped.revoke(one.id)).status).toBe(200);
    for (const one of admins) {
      const { status } = await swapped.request(`/v1/admins/${one.id}/revoke`, { json: {} });
      expect([one.id, status]).toEqual([one.id, one.id === "found by nobody" ? 404 : 200]);
    }
    await reencrypt(swapped);
    expect(await removableOf(swapped, oldSecrets)).toEqual([false, false]);
    expect((await swapped.delete(keys[0].id)).status).toBe(204);
    await reencrypt(swapped);
    expect(await removableOf(swapped, oldSecrets)).toEqual([true, true]);

    const manager = await deploy(swapped, newSecrets);
    for (const seen of await seenOf(manager, tampered)) {
      expect(["unknown", 401]).toContain([seen].flat(2)[1]);
    }
    expect(await manager.validate(key)).toMatchObject({ valid: true });
    const listed = await manager.request("/v1/keys?limit=200");
    expect([listed.status, listed.body.items.map((item: { id: string }) => item.id)]).toEqual([
      200,
      expect.arrayContaining([id, keys[1].id]),
    ]);
    expect((await manager.request("/v1/admins?limit=200")).status).toBe(200);
    for (const one of keys.slice(1)) expect([one.id, (await manager.delete(one.id)).status]).toEqual([one.id, 204]);
    expect((await reencrypt(manager)).state).toBe("done");
  });

  it("is named among the settings too, one column after the other", async () => {
    const before = await startInOneShard();
    const genuine = await inObject("admin", (sql) => sql.exec("SELECT * FROM settings WHERE name = 'set-up'").one());
    const manager = await swap(before);
    await manager.createAdmin();
    for (const column of await columnsOf(settingRows)) {
      const id = await alter(settingRows, "set-up", column);
      const stored = await bytesOf(settingRows, id);
      expectNamed(await reencrypt(manager), [`settings/${id}`]);
      expect([column, await bytesOf(settingRows, id)]).toEqual([column, stored]);
      await inObject("admin", (sql) => {
        sql.exec("DELETE FROM settings WHERE name = ?", id);
        sql.exec("INSERT INTO settings VALUES (?, ?, ?, ?, ?)", ...Object.values(genuine));
      });
    }
    expectNamed(await reencrypt(manager), []);
    expect(await removableOf(manager, oldSecrets)).toEqual([true, true]);
  });
});
