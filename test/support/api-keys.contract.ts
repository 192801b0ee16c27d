import { describe, expect, it } from "vitest";
import { type KeySearch, matchesSearch } from "../../src/core/api-key/key-search.ts";
import type { ApiKeys } from "../../src/core/ports.ts";
import { aKey, idAt } from "./a-key.ts";

/** A fresh, empty store of keys, and its digest of a key string. */
interface ApiKeysUnderTest {
  readonly apiKeys: ApiKeys;
  readonly digestOf: (keyString: string) => Uint8Array;
}

type With = (use: (subject: ApiKeysUnderTest) => void) => Promise<void>;

const anything: KeySearch = { ids: [], owners: [], statuses: [], prefixes: [], scopes: [], lineages: [], words: [] };
const now = 1_750_000_000_000;

/** What every store of keys promises; the real one and the tests' own answer to the same facts. */
export const apiKeysContract = (name: string, withApiKeys: With): void => {
  describe(`${name} as a store of keys`, () => {
    it("finds what was inserted, whole, and nothing else", () =>
      withApiKeys(({ apiKeys }) => {
        const key = aKey({
          scopes: ["a:*"],
          metadata: { deep: { list: [1, null] } },
          expiresAt: now + 1,
          recoverable: false,
        });
        apiKeys.insert(key, "the secret");
        expect(apiKeys.find(key.id)).toMatchObject({ key, tampered: false });
        expect(apiKeys.find(idAt(now + 1))).toBeUndefined();
      }));

    it("finds by secret only with the right one", () =>
      withApiKeys(({ apiKeys, digestOf }) => {
        const key = aKey();
        apiKeys.insert(key, "the secret");
        expect(apiKeys.findBySecret(key.id, digestOf("the secret"))?.key).toEqual(key);
        expect(apiKeys.findBySecret(key.id, digestOf("the Secret"))).toBeUndefined();
        expect(apiKeys.findBySecret(idAt(now + 1), digestOf("the secret"))).toBeUndefined();
      }));

    it("answers the newest state after a save, and keeps the secret", () =>
      withApiKeys(({ apiKeys, digestOf }) => {
        const key = aKey();
        apiKeys.insert(key, "the secret");
        const after = aKey({ revokedAt: now, revocationReason: "leaked", version: 2 });
        apiKeys.save({ key, tampered: false, lastUsedAt: null }, after);
        expect(apiKeys.find(key.id)).toMatchObject({ key: after, tampered: false });
        expect(apiKeys.findBySecret(key.id, digestOf("the secret"))).toMatchObject({ key: after, tampered: false });
      }));

    it("gives the key string of a recoverable key back", () =>
      withApiKeys(({ apiKeys }) => {
        const key = aKey();
        apiKeys.insert(key, "the secret");
        expect(apiKeys.keyString(key.id)).toBe("the secret");
        expect(apiKeys.keyString(idAt(now + 1))).toBeUndefined();
      }));

    it("knows the last use of a key, and none of a key never used", () =>
      withApiKeys(({ apiKeys }) => {
        const key = aKey();
        apiKeys.insert(key, "the secret");
        expect(apiKeys.find(key.id)?.lastUsedAt).toBeNull();
        apiKeys.noteUse(key.id, now + 5);
        apiKeys.noteUse(key.id, now + 7);
        expect(apiKeys.find(key.id)?.lastUsedAt).toBe(now + 7);
      }));

    it("forgets a removed key, its secret, its words and its use", () =>
      withApiKeys(({ apiKeys, digestOf }) => {
        const key = aKey({ name: "Vanishing" });
        apiKeys.insert(key, "the secret");
        apiKeys.noteUse(key.id, now);
        const stored = apiKeys.find(key.id);
        if (stored) apiKeys.remove(stored);
        expect(apiKeys.find(key.id)).toBeUndefined();
        expect(apiKeys.findBySecret(key.id, digestOf("the secret"))).toBeUndefined();
        expect([...apiKeys.newestFirst({ ...anything, words: ["vanishing"] }, null)]).toEqual([]);
      }));

    it("finds a renamed key by its new words only", () =>
      withApiKeys(({ apiKeys }) => {
        const key = aKey({ name: "Before" });
        apiKeys.insert(key, "the secret");
        apiKeys.save({ key, tampered: false, lastUsedAt: null }, { ...key, name: "After", version: 2 });
        const found = (word: string) =>
          [...apiKeys.newestFirst({ ...anything, words: [word] }, null)].filter((stored) =>
            matchesSearch({ ...anything, words: [word] }, stored.key, now),
          );
        expect(found("before")).toEqual([]);
        expect(found("after")).toHaveLength(1);
      }));

    it("gives a lineage oldest first, the first key with it", () =>
      withApiKeys(({ apiKeys }) => {
        const lineage = idAt(now);
        for (const ordinal of [now + 2, now, now + 1]) {
          apiKeys.insert(aKey({ id: idAt(ordinal), lineage }), `secret ${ordinal}`);
        }
        apiKeys.insert(aKey({ id: idAt(now + 3) }), "another");
        expect(apiKeys.lineage(lineage).map(({ key }) => key.id)).toEqual([now, now + 1, now + 2].map(idAt));
      }));

    it.each<[string, Partial<KeySearch>]>([
      ["everything", {}],
      ["some ids", { ids: [idAt(now + 3), idAt(now + 8)] }],
      ["an owner", { owners: ["acct_1"] }],
      ["several owners", { owners: ["acct_1", "acct_2"] }],
      ["a lineage", { lineages: [idAt(now)] }],
      ["words", { words: ["key", "acct"] }],
      ["the beginning of a word", { words: ["numb"] }],
      ["the revoked", { statuses: ["revoked"] }],
      ["owner and words", { owners: ["acct_2"], words: ["5"] }],
    ])("walks newest first through %s, from anywhere", (_what, given) =>
      withApiKeys(({ apiKeys }) => {
        const search = { ...anything, ...given };
        const keys = Array.from({ length: 10 }, (_, index) =>
          aKey({
            id: idAt(now + index),
            lineage: index % 4 === 0 ? idAt(now) : idAt(now + index),
            owner: `acct_${index % 3}`,
            name: `Key number ${index}`,
            revokedAt: index % 5 === 0 ? now : null,
          }),
        );
        for (const key of keys) apiKeys.insert(key, `secret ${key.id}`);
        for (const before of [null, idAt(now + 6), idAt(now)]) {
          const found = [...apiKeys.newestFirst(search, before)].map(({ key }) => key);
          const wanted = keys.filter((key) => matchesSearch(search, key, now) && (before === null || key.id < before));
          expect(found.filter((key) => matchesSearch(search, key, now))).toEqual(wanted.toReversed());
        }
      }),
    );
  });
};
