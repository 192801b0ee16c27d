import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApiKey } from "../../src/core/api-key/api-key.ts";
import { type KeySearch, matchesSearch, searchWordsOf, wordsOf } from "../../src/core/api-key/key-search.ts";
import { aKey } from "../support/a-key.ts";
import { runs } from "../support/property-runs.ts";

const now = 1_750_000_000_000;
const everything: KeySearch = { ids: [], owners: [], statuses: [], prefixes: [], scopes: [], lineages: [], words: [] };

const key = aKey({
  name: "Production server (Zürich)",
  owner: "acct_42@example.com",
  prefix: "acme_live",
  scopes: ["orders:read", "users:*"],
});

const finds = (search: Partial<KeySearch>, found: Partial<ApiKey> = {}): boolean =>
  matchesSearch({ ...everything, ...search }, { ...key, ...found }, now);

describe("the words of a text", () => {
  it.each([
    ["Production server", ["production", "server"]],
    ["ÉCOLE Zürich", ["ecole", "zurich"]],
    ["acct_42@example.com", ["acct", "42", "example", "com"]],
    ["ﬁle №5 Ⅳ", ["file", "no5", "iv"]],
    ["İstanbul", ["istanbul"]],
    ["東京 サーバー", ["東京", "サーハー"]],
    ["  a--b  ", ["a", "b"]],
    ["!?… 🔑", []],
    ["", []],
  ])("of %j are %j", (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it("are the same for both sizes of the sharp s, and for the two letters it stands for", () => {
    for (const word of ["Straße", "STRAẞE", "STRASSE"]) expect(wordsOf(word)).toEqual(["strasse"]);
  });

  it("stay the same when they are taken apart again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const words = wordsOf(text);
        expect(wordsOf(words.join(" "))).toEqual(words);
      }),
      { numRuns: runs },
    );
  });

  it("hold nothing that the full-text index could read as a quotation mark, an operator or a separator", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const word of wordsOf(text)) expect(word).toMatch(/^[\p{L}\p{N}]+$/u);
      }),
      { numRuns: runs },
    );
  });
});

describe("a search by words", () => {
  it("finds a key whose name or owner has a word that begins so, in any case", () => {
    for (const text of ["prod", "SERVER", "zurich", "Zür", "acct", "42", "exam", "server prod", "zur com"]) {
      expect([text, finds({ words: wordsOf(text) })]).toEqual([text, true]);
    }
  });

  it("does not find a key by the middle of a word, nor by a word it lacks", () => {
    for (const text of ["roduction", "rver", "staging", "prod staging", "acme", "orders"]) {
      expect([text, finds({ words: wordsOf(text) })]).toEqual([text, false]);
    }
  });

  it("finds a key by the beginning of any of its words, written in any case", () => {
    const names = fc.stringMatching(/^[A-Za-zÀ-ÖØ-Þà-öø-İĲ-žΑ-Ωα-ωА-я0-9]{1,12}( [a-zα-ω]{1,12})?$/);
    fc.assert(
      fc.property(names, fc.boolean(), fc.nat(), (name, isLast, length) => {
        const letters = [...(name.split(" ").at(isLast ? -1 : 0) ?? "")];
        const beginning = letters.slice(0, 1 + (length % letters.length)).join("");
        for (const query of [beginning, beginning.toUpperCase(), beginning.toLowerCase()]) {
          expect([query, finds({ words: wordsOf(query) }, { name })]).toEqual([query, true]);
        }
      }),
      { numRuns: runs },
    );
  });

  it("finds a Greek word by a beginning that ends in sigma, which has another form at the end of a word", () => {
    expect(finds({ words: wordsOf("ΚΟΣ") }, { name: "Κόσμος" })).toBe(true);
  });
});

describe("a search by values", () => {
  it("finds every key when nothing narrows it", () => {
    expect(finds({})).toBe(true);
  });

  it.each([
    ["id", { ids: ["key_other", key.id] }],
    ["owner", { owners: ["someone", key.owner] }],
    ["prefix", { prefixes: [key.prefix] }],
    ["lineage", { lineages: [key.lineage] }],
    ["status", { statuses: ["revoked", "active"] as const }],
    ["scope literally held", { scopes: ["users:*", "billing"] }],
  ])("finds a key by its %s among several", (_name, search) => {
    expect(finds(search)).toBe(true);
  });

  it.each([
    ["id", { ids: ["key_other"] }],
    ["owner", { owners: ["acct_42"] }],
    ["prefix", { prefixes: ["acme"] }],
    ["lineage", { lineages: ["key_other"] }],
    ["status", { statuses: ["revoked"] as const }],
    ["scope it merely covers", { scopes: ["users:read"] }],
  ])("does not find a key by another %s", (_name, search) => {
    expect(finds(search)).toBe(false);
  });

  it("needs all kinds of values to match", () => {
    expect(finds({ owners: [key.owner], prefixes: ["acme_live"] })).toBe(true);
    expect(finds({ owners: [key.owner], prefixes: ["acme_test"] })).toBe(false);
  });

  it("goes by the words of name and owner alone", () => {
    expect(searchWordsOf(key)).toEqual(["production", "server", "zurich", "acct", "42", "example", "com"]);
  });
});
