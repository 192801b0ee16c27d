// Section 1 of docs/storage.md (hex, base62, frames) and the CRC-32 of section 3.

const base62Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const typeBytes = { null: 0, integer: 1, text: 2, bytes: 3 };

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text) {
  if (typeof text !== "string" || !/^([0-9a-f]{2})*$/.test(text))
    throw new Error(`not lower-case hex: ${JSON.stringify(text)}`);
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toUtf8(text) {
  if (typeof text !== "string" || !text.isWellFormed())
    throw new Error(`not well-formed text: ${JSON.stringify(text)}`);
  return new TextEncoder().encode(text);
}

export function concatenate(...parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export function toBigEndianInteger(bytes) {
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

export function toBase62(number, length) {
  if (typeof number !== "bigint" && !Number.isSafeInteger(number)) throw new Error(`not an integer: ${number}`);
  let rest = BigInt(number);
  if (rest < 0n) throw new Error(`${number} is negative`);
  let digits = "";
  for (; rest > 0n; rest /= 62n) digits = base62Digits[Number(rest % 62n)] + digits;
  if (digits.length > length) throw new Error(`${number} does not fit ${length} base62 digits`);
  return digits.padStart(length, "0");
}

export function isBase62(text, length) {
  return typeof text === "string" && text.length === length && [...text].every((digit) => base62Digits.includes(digit));
}

/** The type of a frame's field: null, an integer, text or bytes. */
export function fieldType(value) {
  if (value === null) return "null";
  if (Number.isSafeInteger(value)) return "integer";
  if (typeof value === "string") return "text";
  if (value instanceof Uint8Array) return "bytes";
  throw new Error(`not a field: ${JSON.stringify(value)}`);
}

const contents = {
  null: () => new Uint8Array(),
  integer: (value) => toUtf8(value.toString(10)),
  text: toUtf8,
  bytes: (value) => value,
};

function encodeField(value) {
  const type = fieldType(value);
  const content = contents[type](value);
  const header = new DataView(new ArrayBuffer(5));
  header.setUint8(0, typeBytes[type]);
  header.setUint32(1, content.length, false);
  return concatenate(new Uint8Array(header.buffer), content);
}

export function frame(...fields) {
  return concatenate(...fields.map(encodeField));
}

/** In JSON, bytes are written {"hex": "..."}; every other field stands for itself. */
export function fieldFromJson(value) {
  const isBytes = typeof value === "object" && value !== null && Object.keys(value).join() === "hex";
  return isBytes ? fromHex(value.hex) : value;
}

/** CRC-32/ISO-HDLC, bit by bit. */
export function checksum(bytes) {
  let register = 0xffffffff;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit += 1) register = register & 1 ? (register >>> 1) ^ 0xedb88320 : register >>> 1;
  }
  return ~register >>> 0;
}
