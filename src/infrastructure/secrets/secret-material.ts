import { fromHex } from "../crypto/primitives.ts";

export const howToMake = "make one with `openssl rand -base64 32`";
const base64Pattern = /^[A-Za-z0-9+/_-]{43}=?$/;

/**
 * 32 bytes or a fault. A passphrase is refused, never padded or hashed into shape. Random base64 of 43 digits has both
 * cases but for 4 in 10^10; random bytes have 16 distinct values but for far less.
 */
export const materialOf = (text: string): Uint8Array | string => {
  if (/^[0-9a-f]{64}$/i.test(text)) return checkedForPattern(fromHex(text));
  if (!base64Pattern.test(text)) return `must be 32 random bytes as base64, base64url or hex: ${howToMake}`;
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text)) return `looks like a passphrase, not like random bytes: ${howToMake}`;
  const standard = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=$/, "");
  return checkedForPattern(Uint8Array.from(atob(`${standard}=`), (character) => character.charCodeAt(0)));
};

const checkedForPattern = (bytes: Uint8Array): Uint8Array | string =>
  new Set(bytes).size < 16 ? `repeats itself and is not random: ${howToMake}` : bytes;
