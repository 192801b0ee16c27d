import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  aesGcmOpen,
  aesGcmSeal,
  fromHex,
  hkdfSha256,
  hmacSha256,
  isEqual,
  toHex,
} from "../../src/infrastructure/crypto/primitives.ts";

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly result: "valid" | "invalid";
}

interface Group<Test extends Vector> {
  readonly keySize: number;
  readonly ivSize?: number;
  readonly tagSize?: number;
  readonly tests: readonly Test[];
}

type AesGcmVector = Vector & Readonly<Record<"key" | "iv" | "aad" | "msg" | "ct" | "tag", string>>;
type HmacVector = Vector & Readonly<Record<"key" | "msg" | "tag", string>>;
type HkdfVector = Vector & Readonly<Record<"ikm" | "salt" | "info" | "okm", string>> & { readonly size: number };

const readGroups = async <Test extends Vector>(name: string): Promise<readonly Group<Test>[]> => {
  const text = await readFile(join(import.meta.dirname, `../vectors/wycheproof/${name}.json`), "utf8");
  return (JSON.parse(text) as { readonly testGroups: readonly Group<Test>[] }).testGroups;
};

const testsOf = <Test extends Vector>(groups: readonly Group<Test>[], result: Vector["result"]): Test[] =>
  groups.flatMap(({ tests }) => tests).filter((test) => test.result === result);

/** What went wrong, by the number of the vector, so that a failure names every one of them. */
const failing = <Test extends Vector>(tests: readonly Test[], holds: (test: Test) => boolean): string[] =>
  tests.filter((test) => !holds(test)).map(({ tcId, comment }) => `${tcId} ${comment}`);

describe("AES-256-GCM with IVs of 96 and tags of 128 bits", async () => {
  const all = await readGroups<AesGcmVector>("aes_gcm_test");
  const ours = all.filter(({ keySize, ivSize, tagSize }) => keySize === 256 && ivSize === 96 && tagSize === 128);
  const partsOf = ({ key, iv, aad, msg, ct, tag }: AesGcmVector) => ({
    key: fromHex(key),
    iv: fromHex(iv),
    aad: fromHex(aad),
    message: fromHex(msg),
    sealed: fromHex(`${ct}${tag}`),
  });

  it("seals and opens all 39 valid vectors exactly", () => {
    const valid = testsOf(ours, "valid");
    expect(valid).toHaveLength(39);
    const holds = (test: AesGcmVector): boolean => {
      const { key, iv, aad, message, sealed } = partsOf(test);
      const opened = aesGcmOpen(key, iv, aad, sealed);
      return (
        toHex(aesGcmSeal(key, iv, aad, message)) === toHex(sealed) && opened !== undefined && toHex(opened) === test.msg
      );
    };
    expect(failing(valid, holds)).toEqual([]);
  });

  it("opens none of the 27 invalid vectors", () => {
    const invalid = testsOf(ours, "invalid");
    expect(invalid).toHaveLength(27);
    const holds = (test: AesGcmVector): boolean => {
      const { key, iv, aad, sealed } = partsOf(test);
      return aesGcmOpen(key, iv, aad, sealed) === undefined;
    };
    expect(failing(invalid, holds)).toEqual([]);
  });

  it("opens no valid vector after any one of its bits was turned, nor when it was cut short", () => {
    const valid = testsOf(ours, "valid").filter(({ ct }) => ct.length <= 64);
    expect(valid.length).toBeGreaterThan(10);
    for (const test of valid) {
      const { key, iv, aad, sealed } = partsOf(test);
      for (let bit = 0; bit < sealed.length * 8; bit += 1) {
        const turned = sealed.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        expect(aesGcmOpen(key, iv, aad, turned)).toBeUndefined();
      }
      for (let length = 0; length < sealed.length; length += 1) {
        expect(aesGcmOpen(key, iv, aad, sealed.subarray(0, length))).toBeUndefined();
      }
    }
  });

  it("refuses keys of 128 and 192 bits", () => {
    const shorter = all.filter(({ keySize }) => keySize < 256).flatMap(({ tests }) => tests);
    expect(shorter.length).toBeGreaterThan(150);
    for (const test of shorter) {
      const { key, iv, aad, message } = partsOf(test);
      expect(() => aesGcmSeal(key, iv, aad, message)).toThrow();
    }
  });
});

describe("HMAC-SHA-256", async () => {
  const groups = await readGroups<HmacVector>("hmac_sha256_test");
  const tagSizes = [256, 128] as const;
  const ofSize = (tagSize: number) => groups.filter((group) => group.tagSize === tagSize);
  const macOf = ({ key, msg }: HmacVector, tagSize: number) =>
    hmacSha256(fromHex(key), fromHex(msg)).subarray(0, tagSize / 8);

  it.each(tagSizes)("makes all 33 valid tags of %i bits, from keys of 128, 256 and 520 bits", (tagSize) => {
    const valid = testsOf(ofSize(tagSize), "valid");
    expect(valid).toHaveLength(33);
    expect(failing(valid, (test) => toHex(macOf(test, tagSize)) === test.tag)).toEqual([]);
    expect(failing(valid, (test) => isEqual(macOf(test, tagSize), fromHex(test.tag)))).toEqual([]);
  });

  it.each(tagSizes)("finds none of the 54 invalid tags of %i bits equal to its own", (tagSize) => {
    const invalid = testsOf(ofSize(tagSize), "invalid");
    expect(invalid).toHaveLength(54);
    expect(failing(invalid, (test) => !isEqual(macOf(test, tagSize), fromHex(test.tag)))).toEqual([]);
  });

  it("never finds tags of different lengths equal", () => {
    const [test] = testsOf(ofSize(256), "valid");
    const tag = fromHex(test?.tag ?? "");
    expect(isEqual(tag, tag)).toBe(true);
    for (let length = 0; length < tag.length; length += 1) expect(isEqual(tag.subarray(0, length), tag)).toBe(false);
  });
});

describe("HKDF-SHA-256", async () => {
  const groups = await readGroups<HkdfVector>("hkdf_sha256_test");
  const derive = ({ ikm, salt, info, size }: HkdfVector) =>
    hkdfSha256(fromHex(ikm), fromHex(salt), fromHex(info), size);

  it("derives all 83 valid outputs", () => {
    const valid = testsOf(groups, "valid");
    expect(valid).toHaveLength(83);
    expect(failing(valid, (test) => toHex(derive(test)) === test.okm)).toEqual([]);
  });

  it("refuses all 3 invalid vectors, which ask for more than 255 blocks", () => {
    const invalid = testsOf(groups, "invalid");
    expect(invalid).toHaveLength(3);
    for (const test of invalid) expect(() => derive(test)).toThrow();
  });
});
