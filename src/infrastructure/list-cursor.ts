import type { ListScope } from "../core/list-scope.ts";
import { frame } from "./crypto/frame.ts";
import type { HmacSecret, Ring } from "./crypto/keyring.ts";
import { fromHex, hmacSha256, isEqual, toHex } from "./crypto/primitives.ts";

const format = 1;
const macBytes = 16;
const positionAt = 1 + 8;
const lengthMax = 400;

const encoder = new TextEncoder();

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** Only the one text that encodes these bytes is accepted, so an altered cursor is never the same cursor. */
const fromBase64Url = (text: string): Uint8Array | undefined => {
  if (text.length > lengthMax || text.length % 4 === 1 || !/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
    character.charCodeAt(0),
  );
  return toBase64Url(bytes) === text ? bytes : undefined;
};

const macOf = ({ cursorKey }: HmacSecret, { route, filters, constraints }: ListScope, position: string): Uint8Array =>
  hmacSha256(cursorKey, frame(["latchkey/v1/cursor", route, filters, constraints, position])).subarray(0, macBytes);

/** A position is ASCII: for keys the 20 characters of an id. */
export const encodeCursor = (ring: Ring<HmacSecret>, scope: ListScope, position: string): string => {
  const cursor = new Uint8Array(positionAt + position.length + macBytes);
  cursor[0] = format;
  cursor.set(fromHex(ring.primary.fingerprint), 1);
  cursor.set(encoder.encode(position), positionAt);
  cursor.set(macOf(ring.primary, scope, position), positionAt + position.length);
  return toBase64Url(cursor);
};

/** The position a cursor stands for; undefined unless it was made for just this, by a secret still held. */
export const decodeCursor = (ring: Ring<HmacSecret>, scope: ListScope, text: string): string | undefined => {
  const cursor = fromBase64Url(text);
  if (!cursor || cursor.length < positionAt + macBytes || cursor[0] !== format) return undefined;
  const secret = ring.byFingerprint.get(toHex(cursor.subarray(1, positionAt)));
  const position = String.fromCharCode(...cursor.subarray(positionAt, -macBytes));
  if (!secret || !isEqual(macOf(secret, scope, position), cursor.subarray(-macBytes))) return undefined;
  return position;
};
