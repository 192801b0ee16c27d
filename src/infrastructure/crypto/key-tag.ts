import { toBase62 } from "../../core/api-key/base62.ts";
import { hmacSha256, isEqual } from "./primitives.ts";

const tagDigits = 8;
const tagSpace = 62n ** 8n;
const encoder = new TextEncoder();

/** The 8 characters that let the edge turn a forged key away without asking anybody. */
export const keyTag = (tagKey: Uint8Array, tagged: string): string => {
  const mac = hmacSha256(tagKey, tagged);
  return toBase62(new DataView(mac.buffer, mac.byteOffset).getBigUint64(0) % tagSpace, tagDigits);
};

export const isTagOf = (tagKey: Uint8Array, tagged: string, tag: string): boolean =>
  isEqual(encoder.encode(keyTag(tagKey, tagged)), encoder.encode(tag));
