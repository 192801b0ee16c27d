import { afterEach, describe, expect, it } from "vitest";
import {
  createInShard,
  createMany,
  idsOf,
  listPage,
  listWithin,
  newestFirst,
  pagesOf,
  removeRow,
  walk,
} from "../support/list-walk.ts";
import { forgetEverything, inObject, objectOf, startManager } from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const linkOf = (headers: Headers): string | undefined =>
  /^<(\/v1\/keys\?[^>]*)>; rel="next"$/.exec(headers.get("Link") ?? "")?.[1];

const edit = (id: string, column: string, value: SqlStorageValue): Promise<unknown> =>
  inObject(objectOf(id), (sql) => sql.exec(`UPDATE api_keys SET ${column} = ? WHERE id = ?`, value, id).rowsWritten);

describe("a list of keys", () => {
  it("gives every key that was there all along once, newest first, while others come and go", async () => {
    const manager = await startManager();
    const present = new Set(idsOf(await createMany(manager, 1000)));
    const added: string[] = [];
    const walked: string[] = [];
    const removedAhead: string[] = [];

    for await (const { body } of pagesOf(manager, (page) => ({ limit: String(40 + (page % 5) * 11) }))) {
      walked.push(...idsOf(body.items));
      const [last] = idsOf(body.items.slice(-1));
      const ahead = [...present].filter((id) => last !== undefined && id < last);
      const leaving = [walked[walked.length - 10], last, ahead[0], ahead[ahead.length >> 1]];
      for (const id of leaving) {
        if (id === undefined || !present.delete(id)) continue;
        await removeRow(id);
        if (ahead.includes(id)) removedAhead.push(id);
      }
      added.push(...idsOf(await createMany(manager, 3)));
    }

    expect(present.size).toBeGreaterThan(900);
    expect(walked.filter((id) => present.has(id))).toEqual(newestFirst([...present]));
    expect(walked).toEqual(newestFirst([...new Set(walked)]));
    expect(removedAhead.length).toBeGreaterThan(10);
    expect(walked.filter((id) => removedAhead.includes(id))).toEqual([]);
    expect(new Set(idsOf(await walk(manager)))).toEqual(new Set([...present, ...added]));
  });

  it("tells its next page by a cursor and by a link, which lead to the same keys", async () => {
    const manager = await startManager();
    await createMany(manager, 30, (index) => ({ owner: index % 2 === 0 ? "a@b+c" : "d/e|f" }));
    const filters = [
      ["owner", "a@b+c"],
      ["owner", "d/e|f"],
      ["limit", "7"],
    ] satisfies [string, string][];
    const first = await listPage(manager, filters);
    const byCursor = await listPage(manager, filters, first.body.nextCursor);
    const byLink = await manager.request(linkOf(first.headers) ?? "/no-link");

    expect(byCursor.body.items).toHaveLength(7);
    expect(byLink.body).toEqual(byCursor.body);
    expect(linkOf(byLink.headers)).toBe(linkOf(byCursor.headers));
  });

  it("ends with a page without cursor and link, also when the keys just fill it", async () => {
    const manager = await startManager();
    const ids = newestFirst(idsOf(await createMany(manager, 10)));
    for (const limit of ["10", "11"]) {
      const { body, headers } = await listPage(manager, { limit });
      expect(idsOf(body.items)).toEqual(ids);
      expect(body.nextCursor).toBeNull();
      expect(headers.has("Link")).toBe(false);
    }
    const nine = await listPage(manager, { limit: "9" });
    expect(nine.body.nextCursor).not.toBeNull();
    const rest = await listPage(manager, { limit: "9" }, nine.body.nextCursor);
    expect(idsOf(rest.body.items)).toEqual(ids.slice(9));
  });

  it("is empty and ended where no key was ever made", async () => {
    const manager = await startManager();
    expect((await listPage(manager)).body).toEqual({ items: [], nextCursor: null });
  });

  it("never holds a secret", async () => {
    const manager = await startManager();
    const [created] = await createMany(manager, 1);
    const { text, body } = await listPage(manager);
    expect(idsOf(body.items)).toEqual([created?.id]);
    expect(text).not.toContain(created?.key.slice(-47));
  });
});

describe("a record changed from outside", () => {
  it("is listed as tampered to a caller without constraints and to no other", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey({ owner: "acct_1" });
    const genuine = await manager.createKey({ owner: "acct_2" });
    await edit(id, "owner", "acct_3");

    const { body } = await listPage(manager);
    expect(body.items).toMatchObject([{ id: genuine.id }, { id, owner: "acct_3", tampered: true }]);
    expect(body.items[0]).not.toHaveProperty("tampered");
    const narrowed = await listWithin({ owners: ["acct_*"] });
    expect(narrowed.page).toMatchObject({ items: [{ id: genuine.id }], nextCursor: null });
    expect((await listWithin(null)).page.items).toHaveLength(2);
  });

  it.each([
    ["scopes", "no list"],
    ["metadata", "{"],
    ["metadata", "7"],
    ["name", ""],
    ["created_at", Number.MAX_SAFE_INTEGER],
    ["expires_at", -Number.MAX_SAFE_INTEGER],
    ["revoked_at", Number.MAX_SAFE_INTEGER],
    ["enabled", 7],
    ["version", -1],
    ["mac_fingerprint", "ffffffffffffffff"],
    ["signature", new ArrayBuffer(32)],
  ])("does not hide the others when its %s is %j", async (column, value) => {
    const manager = await startManager();
    const [one, other, third] = await createMany(manager, 3);
    await edit(other?.id ?? "", column, value);

    const { status, body } = await listPage(manager);
    expect(status).toBe(200);
    expect(new Set(idsOf(body.items))).toEqual(new Set([one?.id, other?.id, third?.id]));
    expect(body.items.find(({ id }) => id === other?.id)).toMatchObject({ tampered: true });
  });

  it("is shown by itself and revoked when it holds times that do not exist", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    for (const column of ["created_at", "updated_at", "expires_at"]) await edit(id, column, Number.MAX_SAFE_INTEGER);
    const { status, body } = await manager.request(`/v1/keys/${id}`);
    expect({ status, tampered: body.tampered }).toEqual({ status: 200, tampered: true });
    expect((await manager.revoke(id)).body).toMatchObject({ id, status: "revoked", tampered: true });
  });

  it.each([
    ["longer", (id: string) => `${id}0000`],
    ["longer than a cursor", (id: string) => id.padEnd(80, "0")],
    ["shorter", (id: string) => id.slice(0, 16)],
    ["no ASCII", (id: string) => `${id.slice(0, 23)}é`],
    ["that of another shard", (id: string) => `${id.slice(0, 12)}0z${id.slice(14)}`],
  ])("does not break a walk over the others when its id is %s", async (_what, changed) => {
    const manager = await startManager();
    const ids = newestFirst(idsOf(await createMany(manager, 9)));
    await edit(ids[4] ?? "", "id", changed(ids[4] ?? ""));

    const walked = idsOf(await walk(manager, { limit: "1" }));
    const others = ids.filter((id) => id !== ids[4]);
    expect(walked.filter((id) => others.includes(id))).toEqual(others);
  });

  it("does not come twice when it was copied into another shard", async () => {
    const manager = await startManager();
    const earlier = await manager.createKey();
    testWorld.clockOffsetMs = 60_000;
    const id = await createInShard(0);
    const [row = {}] = await inObject("shard-00", (sql) =>
      sql.exec<Record<string, SqlStorageValue>>("SELECT * FROM api_keys WHERE id = ?", id).toArray(),
    );
    const marks = Object.keys(row).map(() => "?");
    const copy = `INSERT INTO api_keys (${Object.keys(row).join(", ")}) VALUES (${marks.join(", ")})`;
    await inObject("shard-01", (sql) => sql.exec(copy, ...Object.values(row)).rowsWritten);

    const walked = await walk(manager);
    expect(walked.filter(({ tampered }) => !tampered)).toMatchObject([{ id }, { id: earlier.id }]);
    expect(idsOf(walked)).toEqual([id, earlier.id]);
  });
});
