import { describe, expect, it } from "vitest";
import type { Json } from "../../src/core/api-key/api-key.ts";
import { isName, isNote, isOwner, isReason, metadataFault } from "../../src/core/api-key/values.ts";

const unsafe = [
  ...["\0", "\n", "\t", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"],
  ...["\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e"],
  ...["\u2066", "\u2067", "\u2068", "\u2069"],
];

const nested = (depth: number): Json => (depth === 0 ? "leaf" : { a: nested(depth - 1) });
const nestedLists = (depth: number): Json => (depth === 0 ? "leaf" : [nestedLists(depth - 1)]);
/** As JSON it takes exactly this many bytes. */
const ofBytes = (bytes: number): Json => ({ a: "x".repeat(bytes - '{"a":""}'.length) });

describe("a name", () => {
  it.each(["a", "Production server", "Zoë — 鍵 🔑", "a".repeat(128), "🔑".repeat(128), "👩‍👩‍👧"])(
    "may be %s",
    (name) => {
      expect(isName(name)).toBe(true);
    },
  );

  it("is between 1 and 128 code points long, whatever they take as UTF-16", () => {
    expect(isName("")).toBe(false);
    expect(isName("a".repeat(129))).toBe(false);
    expect(isName("🔑".repeat(129))).toBe(false);
  });

  it.each(unsafe.map((character) => JSON.stringify(`ab${character}`)))("may not hold %s", (json) => {
    const name = JSON.parse(json) as string;
    expect(isName("abc")).toBe(true);
    expect(isName(`${name}c`)).toBe(false);
    expect(isName(name)).toBe(false);
  });

  it("may not hold half of a surrogate pair", () => {
    for (const name of ["\ud83d", "a\ud83d", "\udd11a", "\udd11\ud83d"]) expect(isName(name)).toBe(false);
  });
});

describe("an owner", () => {
  it.each(["a", "0", "acct_42", "a@b.example/x|y+z=~:-", "a".repeat(128)])("may be %s", (owner) => {
    expect(isOwner(owner)).toBe(true);
  });

  it.each(["", "_a", "-a", ".a", "a b", "a\n", "é", "a*", "a%", "a?", "a#", 'a"', "a\0", "a".repeat(129)])(
    "may not be %j",
    (owner) => {
      expect(isOwner(owner)).toBe(false);
    },
  );
});

describe("a reason", () => {
  it.each(["leaked", "owner_left", "a", "a1_", "a".repeat(64)])("may be %s", (reason) => {
    expect(isReason(reason)).toBe(true);
  });

  it.each(["", "Leaked", "1a", "_a", "a-b", "a b", "a\n", "a".repeat(65)])("may not be %j", (reason) => {
    expect(isReason(reason)).toBe(false);
  });
});

describe("a note", () => {
  it("may be empty, or up to 256 code points", () => {
    for (const note of ["", "seen in a log", "🔑".repeat(256)]) expect(isNote(note)).toBe(true);
    expect(isNote("🔑".repeat(257))).toBe(false);
  });

  it("may hold neither direction overrides nor half of a surrogate pair", () => {
    for (const note of ["a\u202eb", "a\ud800"]) expect(isNote(note)).toBe(false);
  });
});

describe("metadata", () => {
  it.each([
    ["nothing", {}],
    ["values of every kind", { text: "a", number: 1.5, truth: false, list: [1, "a", {}], object: { a: 1 } }],
    ["five levels of objects", nested(5)],
    ["five levels of objects and lists", { a: nestedLists(4) }],
    ["4096 bytes", ofBytes(4096)],
  ])("may hold %s", (_name, value) => {
    expect(metadataFault(value as Json)).toBeUndefined();
  });

  it.each([
    ["no object but a list", [], /object/],
    ["no object but a text", "a", /object/],
    ["no object but null", null, /object/],
    ["six levels of objects", nested(6), /5 deep/],
    ["six levels of objects and lists", { a: nestedLists(5) }, /5 deep/],
    ["a member that is null", { a: null }, /null/],
    ["a member that is null further down", { a: [{ b: { c: null } }] }, /null/],
    ["4097 bytes", ofBytes(4097), /4096 bytes/],
  ])("may not be or hold %s", (_name, value, fault) => {
    expect(metadataFault(value as Json)).toMatch(fault);
  });

  it("is measured in bytes of UTF-8, not in characters", () => {
    const room = 4096 - '{"a":""}'.length;
    expect(metadataFault({ a: "é".repeat(room / 2) })).toBeUndefined();
    expect(metadataFault({ a: "é".repeat(room / 2 + 1) })).toMatch(/4096 bytes/);
    expect(metadataFault({ a: "🔑".repeat(room / 4) })).toBeUndefined();
    expect(metadataFault({ a: "🔑".repeat(room / 4 + 1) })).toMatch(/4096 bytes/);
  });
});
