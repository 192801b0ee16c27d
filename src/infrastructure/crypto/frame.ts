export type Field = null | number | string | Uint8Array | ArrayBuffer;

const encoder = new TextEncoder();
const nothing = new Uint8Array();
const headBytes = 5;
const utf8BytesMax = 3;

const typeAndValue = (field: Field): [number, Uint8Array | string] => {
  if (field === null) return [0, nothing];
  if (typeof field === "string") return [2, field];
  if (typeof field !== "number") return [3, field instanceof Uint8Array ? field : new Uint8Array(field)];
  if (!Number.isSafeInteger(field)) throw new TypeError("only whole numbers can be signed");
  return [1, String(field)];
};

/** Nearly all of it is short ASCII, which is written several times as fast as the encoder is called. */
const writeText = (text: string, bytes: Uint8Array, position: number): number => {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return index + encoder.encodeInto(text.slice(index), bytes.subarray(position + index)).written;
    bytes[position + index] = code;
  }
  return text.length;
};

const write = (value: Uint8Array | string, bytes: Uint8Array, position: number): number => {
  if (typeof value === "string") return writeText(value, bytes, position);
  bytes.set(value, position);
  return value.length;
};

/** Type byte, big-endian length, value, for each field: no two lists of fields have the same bytes. */
export const frame = (fields: readonly Field[]): Uint8Array => {
  const parts = fields.map(typeAndValue);
  const roomFor = (value: Uint8Array | string) => value.length * (typeof value === "string" ? utf8BytesMax : 1);
  const bytes = new Uint8Array(parts.reduce((sum, [, value]) => sum + headBytes + roomFor(value), 0));
  const view = new DataView(bytes.buffer);
  let position = 0;
  for (const [type, value] of parts) {
    const length = write(value, bytes, position + headBytes);
    bytes[position] = type;
    view.setUint32(position + 1, length);
    position += headBytes + length;
  }
  return bytes.slice(0, position);
};
