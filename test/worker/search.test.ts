import { afterEach, describe, expect, it } from "vitest";
import { createMany, type Filters, idsOf, listPage, newestFirst, walk } from "../support/list-walk.ts";
import { type CreatedKey, forgetEverything, type Manager, startManager } from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const createNamed = async (
  manager: Manager,
  fieldsOf: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Promise<Record<string, CreatedKey>> => {
  const created = Object.entries(fieldsOf).map(
    async ([name, fields]) => [name, await manager.createKey({ name, ...fields })] as const,
  );
  return Object.fromEntries(await Promise.all(created));
};

/** The names a walk of pages of two finds, in alphabetical order. */
const found = async (manager: Manager, filters: Filters): Promise<string[]> => {
  const parameters = new URLSearchParams(filters);
  parameters.set("limit", "2");
  return (await walk(manager, parameters)).map(({ name }) => name).sort();
};

describe("a list narrowed", () => {
  it("to owners holds the keys of any of them, and of nobody whose name only begins the same", async () => {
    const manager = await startManager();
    await createNamed(manager, {
      one: { owner: "acct_1" },
      two: { owner: "acct_2" },
      twenty: { owner: "acct_20" },
      upper: { owner: "ACCT_1" },
      more: { owner: "acct_1" },
    });
    expect(await found(manager, "owner=acct_1")).toEqual(["more", "one"]);
    expect(await found(manager, "owner=acct_1&owner=acct_2&owner=acct_1")).toEqual(["more", "one", "two"]);
    expect(await found(manager, "owner=acct_3")).toEqual([]);
  });

  it("to a status holds the keys that have it at that moment", async () => {
    const manager = await startManager();
    const keys = await createNamed(manager, {
      active: {},
      later: { expiresInSeconds: 3600 },
      expired: { expiresInSeconds: 600 },
      expiredAndDisabled: { expiresInSeconds: 600, enabled: false },
      disabled: { enabled: false },
      revoked: {},
      revokedAndExpired: { expiresInSeconds: 600, enabled: false },
    });
    for (const name of ["revoked", "revokedAndExpired"]) await manager.revoke(keys[name]?.id ?? "");
    expect(await found(manager, "status=expired")).toEqual([]);
    expect(await found(manager, "status=active")).toEqual(["active", "expired", "later"]);

    testWorld.clockOffsetMs = 601_000;
    expect(await found(manager, "status=active")).toEqual(["active", "later"]);
    expect(await found(manager, "status=expired")).toEqual(["expired", "expiredAndDisabled"]);
    expect(await found(manager, "status=disabled")).toEqual(["disabled"]);
    expect(await found(manager, "status=revoked")).toEqual(["revoked", "revokedAndExpired"]);
    expect(await found(manager, "status=rotated&status=rotating")).toEqual([]);
    expect(await found(manager, "status=revoked&status=disabled")).toEqual([
      "disabled",
      "revoked",
      "revokedAndExpired",
    ]);
  });

  it("to a prefix holds the keys of just that prefix", async () => {
    const manager = await startManager();
    await createNamed(manager, { plain: {}, acme: { prefix: "acme" }, live: { prefix: "acme_live" } });
    expect(await found(manager, "prefix=acme")).toEqual(["acme"]);
    expect(await found(manager, "prefix=acme_live&prefix=lk_live")).toEqual(["live", "plain"]);
  });

  it("to a scope holds the keys with just that grant, not those it is covered by", async () => {
    const manager = await startManager();
    await createNamed(manager, {
      all: { scopes: ["*"] },
      orders: { scopes: ["orders:*"] },
      read: { scopes: ["users:read", "orders:read"] },
      none: {},
    });
    expect(await found(manager, "scope=orders:read")).toEqual(["read"]);
    expect(await found(manager, "scope=orders:*")).toEqual(["orders"]);
    expect(await found(manager, "scope=*&scope=users:read")).toEqual(["all", "read"]);
    expect(await found(manager, "scope=orders")).toEqual([]);
  });

  it("to an exact id, or the lineage of a key never rotated, holds that key alone", async () => {
    const manager = await startManager();
    const { one, two } = await createNamed(manager, { one: {}, two: {} });
    expect(await found(manager, { lineage: one?.lineage ?? "" })).toEqual(["one"]);
    expect(await found(manager, { q: two?.id ?? "" })).toEqual(["two"]);
    expect(await found(manager, { q: two?.id ?? "", lineage: one?.lineage ?? "" })).toEqual([]);
    expect(await found(manager, { q: `${two?.id.slice(0, 23)}!` })).toEqual([]);
    expect(await found(manager, { lineage: `key_${"0".repeat(20)}` })).toEqual([]);
  });

  it("to a lineage holds every key of the chain, and to rotating or rotated those that were replaced", async () => {
    const manager = await startManager();
    const { first } = await createNamed(manager, { first: {}, other: {} });
    const rotate = async (id: string, graceSeconds: number): Promise<string> =>
      (await manager.request(`/v1/keys/${id}/rotate`, { json: { graceSeconds } })).body.id;
    const firstId = first?.id ?? "";
    const secondId = await rotate(firstId, 0);
    const thirdId = await rotate(secondId, 600);

    const ids = async (filters: string) => idsOf(await walk(manager, `${filters}&limit=1`));
    expect(await ids(`lineage=${firstId}`)).toEqual([thirdId, secondId, firstId]);
    expect(await ids(`lineage=${secondId}`)).toEqual([]);
    expect(await ids("status=rotated")).toEqual([firstId]);
    expect(await ids("status=rotating")).toEqual([secondId]);
    testWorld.clockOffsetMs = 601_000;
    expect(await ids("status=rotated&status=rotating")).toEqual([secondId, firstId]);
    expect(await ids(`status=active&lineage=${firstId}`)).toEqual([thirdId]);
  });

  it("by several filters holds what satisfies all of them", async () => {
    const manager = await startManager();
    const shared = { owner: "acct_1", scopes: ["orders:read"], prefix: "acme" };
    const { gone } = await createNamed(manager, {
      "match one": shared,
      "match two": { ...shared, scopes: ["orders:read", "b"] },
      "match owner": { ...shared, owner: "acct_2" },
      "match prefix": { ...shared, prefix: "other" },
      "match scope": { ...shared, scopes: [] },
      "match status": { ...shared, enabled: false },
      "other words": shared,
      gone: shared,
    });
    await manager.revoke(gone?.id ?? "");
    const filters = "owner=acct_1&owner=acct_3&status=active&prefix=acme&scope=orders:read";
    expect(await found(manager, filters)).toEqual(["match one", "match two", "other words"]);
    expect(await found(manager, `${filters}&q=mat`)).toEqual(["match one", "match two"]);
    expect(await found(manager, `${filters}&q=${gone?.id}`)).toEqual([]);
  });

  it.each([
    "q=narrowed",
    "owner=acct_1&owner=acct_2",
    "status=revoked",
    "scope=a&scope=b",
    "prefix=lk_live&q=acct&owner=acct_1&owner=acct_2",
  ])("by %s comes newest first, page after page", async (filters) => {
    const manager = await startManager();
    const fields = { name: "A narrowed key", scopes: ["a", "b"] };
    const ids = idsOf(await createMany(manager, 30, (index) => ({ ...fields, owner: `acct_${(index % 2) + 1}` })));
    for (const id of ids) await manager.revoke(id);
    await createMany(manager, 10, () => ({ owner: "other" }));
    expect(idsOf(await walk(manager, `${filters}&limit=3`))).toEqual(newestFirst(ids));
  });

  it.each([
    ["owner", "with a space in it", "owner=no+owner"],
    ["owner", "given 21 times", Array.from({ length: 21 }, (_, index) => `owner=a${index}`).join("&")],
    ["status", "that there is not", "status=alive"],
    ["prefix", "in upper case", "prefix=No"],
    ["scope", "in upper case", "scope=Orders"],
    ["lineage", "of an admin", "lineage=adm_00000000000000000000"],
    ["lineage", "given twice", "lineage=key_00000000000000000000&lineage=key_00000000000000000000"],
    ["q", "without words", "q="],
    ["q", "of signs only", "q=%22%20*%20()"],
    ["q", "of 257 characters", `q=${"a".repeat(257)}`],
    ["q", "given twice", "q=a&q=b"],
    ["cursor", "given twice", "cursor=a&cursor=b"],
    ["owners", "misspelt", "owners=acct_1"],
  ])("by `%s` %s is refused by name", async (parameter, _what, filters) => {
    const manager = await startManager();
    const { status, body } = await manager.request(`/v1/keys?${filters}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "invalid_request", errors: [{ parameter }] });
  });
});

describe("a search for words", () => {
  const names = {
    "Production server": { owner: "acct_42" },
    "production: Übermut": { owner: "team/Zurich" },
    Reproduction: { owner: "acct_421" },
    "Crème brûlée": { owner: "a" },
    ΟΔΟΣΗΜΑ: { owner: "a" },
    Straße: { owner: "a" },
    鍵管理: { owner: "a" },
    𞤀𞤁𞤂: { owner: "a" },
    𰀀𰀁: { owner: "a" },
  };

  it.each([
    ["in any case", { production: ["Production server", "production: Übermut"], "SERV prod": ["Production server"] }],
    ["in the owner too", { acct_42: ["Production server", "Reproduction"], "42 PROD": ["Production server"] }],
    ["not with some of them", { "server Übermut": [], "prod 421": [] }],
    ["not with the inside of a word", { duction: [], rver: [], 管理: [], t_42: [] }],
    ["with and without accents", { uber: ["production: Übermut"], "creme BRÛ": ["Crème brûlée"] }],
    ["with accents of their own", { "U\u0308ber": ["production: Übermut"], "ÜBER zürich": ["production: Übermut"] }],
    ["in scripts without spaces", { 鍵: ["鍵管理"], 鍵管: ["鍵管理"] }],
    [
      "in letters whose case has several forms",
      { STRASSE: ["Straße"], STRAß: ["Straße"], οδοσ: ["ΟΔΟΣΗΜΑ"], οδος: ["ΟΔΟΣΗΜΑ"], ΟΔΟΣ: ["ΟΔΟΣΗΜΑ"] },
    ],
    ["in scripts that Unicode took in of late", { 𞤀𞤁: ["𞤀𞤁𞤂"], 𰀀: ["𰀀𰀁"] }],
  ])("finds what has a word beginning with each that is given, %s", async (_how, expected) => {
    const manager = await startManager();
    await createNamed(manager, names);
    const answers = Object.keys(expected).map(async (q) => [q, await found(manager, { q })] as const);
    expect(Object.fromEntries(await Promise.all(answers))).toEqual(expected);
  });

  it("takes the words of the full-text language for words", async () => {
    const manager = await startManager();
    await createNamed(manager, { "or near": {}, 'words "near" or not': {}, plain: {} });
    expect(await found(manager, { q: "plain OR near" })).toEqual([]);
    expect(await found(manager, { q: "NEAR OR" })).toEqual(["or near", 'words "near" or not']);
    expect(await found(manager, { q: 'near" OR "plain' })).toEqual([]);
    expect(await found(manager, { q: "words:near*" })).toEqual(['words "near" or not']);
    expect(await found(manager, { q: "NOT plain" })).toEqual([]);
    expect(await found(manager, { q: "'; DROP TABLE api_keys; --" })).toEqual([]);
    expect(await found(manager, {})).toHaveLength(3);
  });

  it("takes eight words, and refuses more", async () => {
    const manager = await startManager();
    const letters = Array.from({ length: 9 }, (_, index) => String.fromCodePoint(0x4e00 + index));
    await manager.createKey({ name: letters.join(" ") });
    expect((await listPage(manager, { q: letters.slice(0, 8).join(" ") })).body.items).toHaveLength(1);
    const refused = await manager.request(`/v1/keys?q=${encodeURIComponent(letters.join(" "))}`);
    expect([refused.status, refused.body.errors]).toMatchObject([400, [{ parameter: "q" }]]);
  });
});
