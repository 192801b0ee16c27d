import type { ListScope } from "../core/list-scope.ts";
import { frame } from "./crypto/frame.ts";
import type { HmacSecret, Ring } from "./crypto/keyring.ts";
import { fromHex, hmacSha256, isEqual, toHex } from "./crypto/primitives.ts";

const format = 1;
const macBytes = 16;
const length = 1 + 8 + 20 + macBytes;

const encoder = new TextEncoder();

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");

/** Only the one text that encodes these bytes is accepted, so an altered cursor is never the same cursor. */
const fromBase64Url = (text: string): Uint8Array | undefined => {
  if (!/^[A-Za-z0-9_-]{60}$/.test(text)) return undefined;
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
};

const macOf = ({ cursorKey }: HmacSecret, { route, filters, constraints }: ListScope, bareId: string): Uint8Array =>
  hmacSha256(cursorKey, frame(["latchkey/v1/cursor", route, filters, constraints, bareId])).subarray(0, macBytes);

export const encodeCursor = (ring: Ring<HmacSecret>, scope: ListScope, bareId: string): string => {
  const cursor = new Uint8Array(length);
  cursor[0] = format;
  cursor.set(fromHex(ring.primary.fingerprint), 1);
  cursor.set(encoder.encode(bareId), 9);
  cursor.set(macOf(ring.primary, scope, bareId), 29);
  return toBase64Url(cursor);
};

/** The 20 characters of the id a cursor stands for; undefined unless it was made for just this, by a secret still held. */
export const decodeCursor = (ring: Ring<HmacSecret>, scope: ListScope, text: string): string | undefined => {
  const cursor = fromBase64Url(text);
  if (cursor?.length !== length || cursor[0] !== format) return undefined;
  const secret = ring.byFingerprint.get(toHex(cursor.subarray(1, 9)));
  const bareId = String.fromCharCode(...cursor.subarray(9, 29));
  if (!secret || !isEqual(macOf(secret, scope, bareId), cursor.subarray(29))) return undefined;
  return bareId;
};
