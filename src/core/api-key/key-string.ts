import { fromBase62, toBase62 } from "./base62.ts";

export const adminPrefix = "lk_admin";
export const defaultPrefix = "lk_live";

export const prefixPattern = /^[a-z][a-z0-9]{0,15}(_[a-z0-9]{1,16})?$/;
const bareIdPattern = /^[0-9A-Za-z]{20}$/;
const tailPattern = /^[0-9A-Za-z]{47}$/;
const longestKeyString = 33 + 1 + 20 + 1 + 47;

export const isPrefix = (text: string): boolean => prefixPattern.test(text);

/** The parts of a key string. `tagged` is what the tag authenticates. */
export interface KeyString {
  readonly text: string;
  readonly prefix: string;
  readonly bareId: string;
  readonly epoch: string;
  readonly tag: string;
  readonly tagged: string;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32/ISO-HDLC of ASCII text in base62: it tells a typo offline and proves nothing. */
export const crcOf = (ascii: string): string => {
  let crc = 0xffffffff;
  for (let index = 0; index < ascii.length; index += 1) {
    crc = (crcTable[(crc ^ ascii.charCodeAt(index)) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return toBase62((crc ^ 0xffffffff) >>> 0, 6);
};

/** Takes a key string apart, white space around it ignored; undefined when the shape or the crc is wrong. */
export const parseKeyString = (given: string): KeyString | undefined => {
  if (given.length > longestKeyString * 4) return undefined;
  const text = given.trim();
  const parts = text.split("_");
  const tail = parts.pop() ?? "";
  const bareId = parts.pop() ?? "";
  const prefix = parts.join("_");
  if (!tailPattern.test(tail) || !bareIdPattern.test(bareId) || !isPrefix(prefix)) return undefined;
  if (crcOf(text.slice(0, -6)) !== text.slice(-6)) return undefined;
  return { text, prefix, bareId, epoch: tail.slice(32, 33), tag: tail.slice(33, 41), tagged: text.slice(0, -14) };
};

export const hintOf = (keyString: string, prefix: string): string => `${prefix}_...${keyString.slice(-4)}`;

export type IdKind = "key" | "adm";

/** `key_` or `adm_` and the 20 characters; anything else is no id, and no id finds nothing. */
export const isId = (kind: IdKind, text: string): boolean =>
  text.startsWith(`${kind}_`) && bareIdPattern.test(text.slice(4));

/** The time an id was made at, as a number: it strictly increases within one object. */
export const ordinalOf = (id: string): number => fromBase62(id.slice(4, 12));

/** Where the record lives: a shard number, or `admin`. */
export const homeOf = (id: string): number | "admin" => {
  const digits = id.slice(12, 14);
  return digits === "zz" ? "admin" : fromBase62(digits);
};

export const bareIdOf = (ordinal: number, home: number | "admin", random: string): string =>
  `${toBase62(ordinal, 8)}${home === "admin" ? "zz" : toBase62(home, 2)}${random}`;
