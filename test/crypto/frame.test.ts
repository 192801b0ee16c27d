import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Field, frame } from "../../src/infrastructure/crypto/frame.ts";

const encoder = new TextEncoder();

/** What docs/storage.md says of a frame, word by word. */
const framed = (fields: readonly Field[]): number[] =>
  fields.flatMap((field) => {
    const type = field === null ? 0 : typeof field === "number" ? 1 : typeof field === "string" ? 2 : 3;
    const value = field instanceof ArrayBuffer ? new Uint8Array(field) : field;
    const bytes = value instanceof Uint8Array ? value : encoder.encode(value === null ? "" : String(value));
    const { length } = bytes;
    return [type, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255, ...bytes];
  });

const field = fc.oneof(
  fc.constant(null),
  fc.maxSafeInteger(),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "binary-ascii" }),
  fc.uint8Array(),
);

describe("a frame of fields", () => {
  it("is type, length and UTF-8 or bytes of each, whatever they hold", () => {
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        expect([...frame(fields)]).toEqual(framed(fields));
      }),
    );
    for (const text of [
      "",
      "é",
      "aé",
      "é a",
      "日本語 and 😀 after",
      "half \ud800 of a pair",
      "\ud83d",
      "a\u0000b\u007f\u0080",
    ]) {
      expect([...frame([text, 7, text])], text).toEqual(framed([text, 7, text]));
    }
    expect([...frame([new Uint8Array([1, 2]).buffer])]).toEqual([3, 0, 0, 0, 2, 1, 2]);
  });

  it("signs no number that another could stand for", () => {
    for (const number of [0.5, 2 ** 53, Number.NaN]) expect(() => frame([number])).toThrow(TypeError);
  });
});
