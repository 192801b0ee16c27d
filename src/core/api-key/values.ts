import type { Json } from "./api-key.ts";

/** Control characters, and those that turn the direction of text around them: a name must look like what it is. */
const unsafeInNames = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
export const ownerPattern = /^[A-Za-z0-9][A-Za-z0-9._~:@/|+=-]{0,127}$/;
export const reasonPattern = /^[a-z][a-z0-9_]{0,63}$/;

const metadataBytesMax = 4096;
const metadataDepthMax = 5;
export const scopesMax = 64;

const codePoints = (text: string): number => [...text].length;

export const isName = (text: string): boolean =>
  text.isWellFormed() &&
  codePoints(text) >= 1 &&
  codePoints(text) <= 128 &&
  !unsafeInNames.test(text) &&
  text.trim() !== "";

export const isOwner = (text: string): boolean => ownerPattern.test(text);
export const isReason = (text: string): boolean => reasonPattern.test(text);
export const isNote = (text: string): boolean =>
  text.isWellFormed() && codePoints(text) <= 256 && !unsafeInNames.test(text);

const utf8Bytes = (text: string): number => {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
};

const isObject = (value: Json): value is { readonly [member: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const depthOf = (value: Json): number => {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
};

const hasNullMember = (value: Json): boolean => {
  if (typeof value !== "object" || value === null) return false;
  const members = Object.values(value);
  return (isObject(value) && members.includes(null)) || members.some(hasNullMember);
};

/** Why this cannot be a key's metadata; undefined when it can. */
export const metadataFault = (value: Json): string | undefined => {
  if (!isObject(value)) return "must be an object";
  if (depthOf(value) > metadataDepthMax) return `may be nested ${metadataDepthMax} deep at most`;
  if (hasNullMember(value)) return "may not have members that are null: leave them out";
  if (utf8Bytes(JSON.stringify(value)) > metadataBytesMax) return `may take ${metadataBytesMax} bytes as JSON at most`;
  return undefined;
};
