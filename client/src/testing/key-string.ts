const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const shape = /^([a-z][a-z0-9]{0,15}(?:_[a-z0-9]{1,16})?)_([0-9A-Za-z]{20})_[0-9A-Za-z]{47}$/;

const toBase62 = (value: number, length: number): string => {
  let text = "";
  for (let rest = value; text.length < length; rest = Math.floor(rest / 62)) text = `${digits[rest % 62]}${text}`;
  return text;
};

const random = (length: number): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(length)), (value) => digits[value % 62]).join("");

/** CRC-32/ISO-HDLC in base62. */
const crcOf = (ascii: string): string => {
  let crc = 0xffffffff;
  for (let index = 0; index < ascii.length; index += 1) {
    crc ^= ascii.charCodeAt(index);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return toBase62((crc ^ 0xffffffff) >>> 0, 6);
};

/** Of the form a manager makes; ids sort by the order they were made in. */
export const bareIdAt = (ordinal: number): string => `${toBase62(ordinal, 8)}00${random(10)}`;

export const keyStringOf = (prefix: string, bareId: string): string => {
  const text = `${prefix}_${bareId}_${random(41)}`;
  return text + crcOf(text);
};

/** Undefined when the shape or the crc is wrong. */
export const parseKeyString = (given: string) => {
  const text = given.trim();
  const [, prefix, bareId] = shape.exec(text) ?? [];
  if (prefix === undefined || bareId === undefined || crcOf(text.slice(0, -6)) !== text.slice(-6)) return undefined;
  return { text, prefix, id: `key_${bareId}` };
};
