import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { hmacSecretOf } from "../../src/infrastructure/crypto/keyring.ts";
import type { SecretTexts } from "../../src/infrastructure/secrets/keyring-of-texts.ts";
import {
  createMany,
  cursorUnder,
  type Filters,
  idsOf,
  listPage,
  listWithin,
  newestFirst,
  scopeOf,
  searchFor,
} from "../support/list-walk.ts";
import { anotherIsolate, forgetEverything, type Manager, redeploy, startManager } from "../support/manager.ts";

afterEach(forgetEverything);

const secretNow = (env as unknown as SecretTexts).HMAC_SECRET ?? "";
const nextSecret = "wB8nQ2dZ5xL0vK7rT3yM9cJ6hF1gS4aPqE8uI2oWzXk=";
const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const other = (digit: string | undefined, step: number): string =>
  digits.charAt((digits.indexOf(digit ?? "A") + step) % digits.length);

const cursorOf = async (manager: Manager, filters: Filters): Promise<string> => {
  const { body } = await listPage(manager, filters);
  if (body.nextCursor === null) throw new Error("the list has one page only");
  return body.nextCursor;
};

const codeOf = async (manager: Manager, filters: Filters, cursor: string): Promise<string> => {
  const { status, body } = await manager.request(
    `/v1/keys?${new URLSearchParams(filters)}&cursor=${encodeURIComponent(cursor)}`,
  );
  return `${status} ${body.code ?? "ok"}`;
};

const refused = "400 invalid_cursor";
const newSecret = { HMAC_SECRET: nextSecret, HMAC_SECRET_FALLBACK: secretNow };

describe("a cursor", () => {
  it("is good for another isolate, another limit and the same filters in another order", async () => {
    const manager = await startManager();
    const ids = newestFirst(
      idsOf(await createMany(manager, 8, (index) => ({ owner: index % 2 === 0 ? "acct_1" : "acct_2" }))),
    );
    const cursor = await cursorOf(manager, "limit=3&owner=acct_1&owner=acct_2");
    const next = await listPage(anotherIsolate(manager), "owner=acct_2&owner=acct_1&owner=acct_2&limit=4", cursor);
    expect(idsOf(next.body.items)).toEqual(ids.slice(3, 7));
  });

  it("survives a rotation of HMAC_SECRET while the old secret is a fallback", async () => {
    const manager = await startManager();
    const ids = newestFirst(idsOf(await createMany(manager, 8)));
    const cursor = await cursorOf(manager, "limit=3");

    await redeploy(newSecret);
    const rotated = anotherIsolate(manager);
    const next = await listPage(rotated, "limit=3", cursor);
    expect(idsOf(next.body.items)).toEqual(ids.slice(3, 6));
    const last = await listPage(rotated, "limit=3", next.body.nextCursor);
    expect(idsOf(last.body.items)).toEqual(ids.slice(6));
  });

  it("is good for callers with the same constraint, however it is written", async () => {
    const manager = await startManager();
    const ids = newestFirst(idsOf(await createMany(manager, 5)));
    const { page } = await listWithin({ owners: ["acct_*", "team_*"] }, "limit=2");
    const next = await listWithin({ owners: ["team_*", "acct_*"] }, `limit=9&cursor=${page.nextCursor}`);
    expect(idsOf(page.items)).toEqual(ids.slice(0, 2));
    expect(idsOf(next.page.items)).toEqual(ids.slice(2));
  });

  it("is refused with any character changed", async () => {
    const manager = await startManager();
    await createMany(manager, 3);
    const cursor = await cursorOf(manager, "limit=1");
    expect(await codeOf(manager, "limit=1", cursor)).toBe("200 ok");

    for (const step of [1, 32]) {
      const altered = [...cursor].map((digit, at) => cursor.slice(0, at) + other(digit, step) + cursor.slice(at + 1));
      const codes = await Promise.all(altered.map((text) => codeOf(manager, "limit=1", text)));
      expect(altered).toHaveLength(60);
      expect(new Set(codes)).toEqual(new Set([refused]));
    }
  });

  it("is refused when cut, lengthened, padded or no cursor at all", async () => {
    const manager = await startManager();
    const [newest] = newestFirst(idsOf(await createMany(manager, 3)));
    const cursor = await cursorOf(manager, "limit=1");
    const texts = [cursor.slice(1), cursor.slice(0, -1), `${cursor}A`, `${cursor}=`, ` ${cursor}`, `${cursor}\n`];
    texts.push(`${cursor}${cursor}`, "", "null", newest ?? "", "A".repeat(60), "é".repeat(60), "x".repeat(5000));
    for (const text of texts) expect(`${text} ${await codeOf(manager, "limit=1", text)}`).toBe(`${text} ${refused}`);
  });

  it.each([
    "",
    "owner=acct_2",
    "owner=acct_1&owner=acct_2",
    "owner=acct_1&status=active",
    "owner=acct_1&prefix=lk_live",
    "owner=acct_1&scope=a",
    "owner=acct_1&q=key",
    "prefix=acct_1",
    "q=acct_1",
  ])("of the filter owner=acct_1 is refused under %j", async (filters) => {
    const manager = await startManager();
    await createMany(manager, 3);
    const cursor = await cursorOf(manager, "limit=1&owner=acct_1");
    expect(await codeOf(manager, filters, cursor)).toBe(refused);
    expect(await codeOf(manager, "owner=acct_1", cursor)).toBe("200 ok");
  });

  it("of one caller's constraint is refused under another's and without any", async () => {
    const manager = await startManager();
    await createMany(manager, 3);
    const free = await cursorOf(manager, "limit=1");
    const { page } = await listWithin({ owners: ["acct_*"] }, "limit=1");
    expect(page).toEqual({ items: [expect.anything()], nextCursor: expect.any(String) });

    expect(await codeOf(manager, "limit=1", page.nextCursor ?? "")).toBe(refused);
    expect(await listWithin({ owners: ["acct_*"] }, `cursor=${free}`)).toMatchObject({ code: "invalid_cursor" });
    for (const constraint of [
      { owners: ["*"] },
      { owners: ["acct_*", "b"] },
      { prefixes: ["acct_*"] },
      { scopes: ["a"] },
    ]) {
      const answer = await listWithin(constraint, `cursor=${page.nextCursor}`);
      expect(answer).toMatchObject({ code: "invalid_cursor" });
    }
  });

  it("made under a stranger's secret is refused, also when it names ours", async () => {
    const manager = await startManager();
    const [newest = ""] = newestFirst(idsOf(await createMany(manager, 3)));
    const scope = scopeOf(searchFor({}));
    const own = hmacSecretOf(bytesOf(secretNow));
    const strangers = hmacSecretOf(crypto.getRandomValues(new Uint8Array(32)));
    expect(cursorUnder(own, scope, newest)).toBe(await cursorOf(manager, "limit=1"));

    const { fingerprint } = own;
    const forged = [strangers, { ...strangers, fingerprint }].map((secret) => cursorUnder(secret, scope, newest));
    const ofAnotherList = cursorUnder(own, { ...scope, route: "events" }, newest);
    for (const cursor of [...forged, ofAnotherList]) expect(await codeOf(manager, "limit=1", cursor)).toBe(refused);
  });
});
