export type Field = null | number | string | Uint8Array | ArrayBuffer;

const encoder = new TextEncoder();
const nothing = new Uint8Array();

const typeAndBytes = (field: Field): [number, Uint8Array] => {
  if (field === null) return [0, nothing];
  if (typeof field === "string") return [2, encoder.encode(field)];
  if (typeof field !== "number") return [3, field instanceof Uint8Array ? field : new Uint8Array(field)];
  if (!Number.isSafeInteger(field)) throw new TypeError("only whole numbers can be signed");
  return [1, encoder.encode(String(field))];
};

/** Type byte, big-endian length, value, for each field: no two lists of fields have the same bytes. */
export const frame = (fields: readonly Field[]): Uint8Array => {
  const parts = fields.map(typeAndBytes);
  const bytes = new Uint8Array(parts.reduce((sum, [, value]) => sum + 5 + value.length, 0));
  const view = new DataView(bytes.buffer);
  let position = 0;
  for (const [type, value] of parts) {
    bytes[position] = type;
    view.setUint32(position + 1, value.length);
    bytes.set(value, position + 5);
    position += 5 + value.length;
  }
  return bytes;
};
