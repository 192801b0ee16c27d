import { afterEach, describe, expect, it } from "vitest";
import { eventPage, eventsWithin, verification } from "../support/event-walk.ts";
import { type CreatedKey, forgetEverything, inObject, objectOf, startManager } from "../support/manager.ts";

afterEach(forgetEverything);

const changeOwner = (key: CreatedKey) =>
  inObject(objectOf(key.id), (sql) => void sql.exec("UPDATE api_keys SET owner = 'acct_x' WHERE id = ?", key.id));

describe("a caller whose right to read events is narrowed", () => {
  const visible = async (...constraints: Parameters<typeof eventsWithin>[0]) =>
    (await eventsWithin(constraints, { limit: "200" })).page.items;

  it("sees what happened to keys of these owners and prefixes, by one role alone, and nothing else", async () => {
    const manager = await startManager();
    const [one, two, three] = [
      await manager.createKey({ owner: "acct_1", prefix: "acme_live" }),
      await manager.createKey({ owner: "acct_1", prefix: "acme_test" }),
      await manager.createKey({ owner: "acct_2", prefix: "acme_live" }),
    ];
    const idsOf = async (...constraints: Parameters<typeof eventsWithin>[0]) =>
      (await visible(...constraints)).map(({ subject }) => subject.id).toReversed();
    expect(await idsOf({ owners: ["acct_1"] })).toEqual([one.id, two.id]);
    expect(await idsOf({ prefixes: ["acme_live"] })).toEqual([one.id, three.id]);
    expect(await idsOf({ owners: ["acct_1"], prefixes: ["acme_live"] })).toEqual([one.id]);
    expect(await idsOf({ owners: ["acct_2"] }, { owners: ["acct_9"], prefixes: ["acme_test"] })).toEqual([three.id]);
    expect(await idsOf({ owners: ["nobody"] })).toEqual([]);
    expect(await idsOf({ owners: ["nobody"] }, null)).toHaveLength(4);
  });

  it("is not told what a key was that came from somebody else, nor what became of one that went", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey({ owner: "alice", name: "A secret project", metadata: { internal: "x" } });
    await manager.patch(id, { owner: "bob", name: "Neutral", metadata: null });
    await manager.patch(id, { name: "Later" });
    const typesSeen = async (...owners: string[]) => (await visible({ owners })).map(({ type }) => type).toReversed();
    expect(await typesSeen("bob")).toEqual(["key.updated"]);
    expect(JSON.stringify(await visible({ owners: ["bob"] }))).not.toMatch(/alice|secret project|internal/);
    expect(await typesSeen("alice")).toEqual(["key.created"]);
    expect(await typesSeen("alice", "bob")).toEqual(["key.created", "key.updated", "key.updated"]);
  });

  it("sees nothing of admins, however wide its constraint is, and no report of a tampered record", async () => {
    const manager = await startManager();
    const key = await manager.createKey();
    await changeOwner(key);
    await manager.validate(key.key);
    expect((await visible(null)).map(({ type }) => type)).toEqual(["key.tampered", "key.created", "setup.completed"]);
    expect((await visible({ owners: ["*"] })).map(({ type }) => type)).toEqual(["key.created"]);
    expect((await visible({ owners: ["acct_x"] })).map(({ type }) => type)).toEqual([]);
    expect((await visible({ scopes: ["*"] })).map(({ type }) => type)).toEqual(["key.created"]);
  });

  it("cannot go on with the cursor of somebody who may see more, nor the other way round", async () => {
    const manager = await startManager();
    for (let made = 0; made < 3; made += 1) await manager.createKey();
    const free = (await eventPage(manager, { limit: "1" })).body.nextCursor ?? "";
    const { page } = await eventsWithin([{ owners: ["acct_1"] }], { limit: "1" });
    expect(await eventsWithin([{ owners: ["acct_1"] }], { cursor: free })).toMatchObject({ code: "invalid_cursor" });
    expect((await eventPage(manager, {}, page.nextCursor)).body).toMatchObject({ code: "invalid_cursor" });
    expect((await eventsWithin([{ owners: ["acct_1"] }], { cursor: page.nextCursor ?? "" })).page.items).toHaveLength(
      2,
    );
  });

  it("is one who holds a role like that: over HTTP it sees the same, and may not verify or stream anything else", async () => {
    const manager = await startManager();
    const own = await manager.createKey({ owner: "acct_1" });
    await manager.createKey({ owner: "acct_2" });
    const role = { permissions: ["events:read"], constraint: { owners: ["acct_1"] } };
    await manager.request("/v1/roles/narrowed", { method: "PUT", json: role });
    const { key } = (await manager.request("/v1/admins", { json: { name: "Narrow", roles: ["narrowed"] } })).body;
    const listed = await manager.request("/v1/events", { key });
    expect(listed.body).toMatchObject({ items: [{ type: "key.created", subject: { id: own.id } }], nextCursor: null });
    const streamed = await manager.request("/v1/events", { key, headers: { Accept: "application/x-ndjson" } });
    expect(
      streamed.text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(listed.body.items);
    const refused = await manager.request("/v1/events/verify", { key });
    expect([refused.status, refused.body]).toMatchObject([403, { code: "forbidden", permission: "events:read" }]);
    const [event] = (await eventPage(manager, { type: "access.*" })).body.items;
    expect(event).toMatchObject({ type: "access.refused", reason: "forbidden", note: "GET /v1/events/verify" });
  });
});

describe("a cursor of the list of events", () => {
  it("is good for the same filters alone, in any order, and for no other list", async () => {
    const manager = await startManager();
    for (let made = 0; made < 5; made += 1) await manager.createKey();
    const filters = "type=key.created&type=key.updated&limit=2";
    const { nextCursor } = (await eventPage(manager, filters)).body;
    const good = await eventPage(manager, "type=key.updated&type=key.created&limit=9", nextCursor);
    expect(good.body.items).toHaveLength(3);
    for (const other of ["", "type=key.created", "type=key.*", "since=2020-01-01T00:00:00Z"]) {
      expect((await eventPage(manager, other, nextCursor)).body).toMatchObject({ code: "invalid_cursor" });
    }
    const keys = (await manager.request("/v1/keys?limit=2")).body.nextCursor;
    expect((await eventPage(manager, "", keys)).body).toMatchObject({ code: "invalid_cursor" });
    expect((await manager.request(`/v1/keys?cursor=${nextCursor}`)).body).toMatchObject({ code: "invalid_cursor" });
    expect((await verification(manager)).intact).toBe(true);
    const { body } = await manager.request(`/v1/events/verify?cursor=${nextCursor}`);
    expect(body).toMatchObject({ code: "invalid_cursor" });
  });

  it("is refused with any character changed", async () => {
    const manager = await startManager();
    for (let made = 0; made < 3; made += 1) await manager.createKey();
    const cursor = (await eventPage(manager, { limit: "1" })).body.nextCursor ?? "";
    const altered = [...cursor].map(
      (digit, at) => cursor.slice(0, at) + (digit === "A" ? "B" : "A") + cursor.slice(at + 1),
    );
    const answers = await Promise.all(altered.map((text) => eventPage(manager, { limit: "1" }, text)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
  });
});
