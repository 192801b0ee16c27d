import { expect } from "vitest";
import type { KeyForm } from "./steps.ts";

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** CRC-32/ISO-HDLC in base62, most significant digit first, padded to 6. */
const crcOf = (text: string): string => {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let encoded = "";
  for (; encoded.length < 6; rest = Math.floor(rest / 62)) encoded = `${digits[rest % 62]}${encoded}`;
  return encoded;
};

export const expectKeyString = (keyString: string, prefix: string, id: string): void => {
  expect(keyString).toMatch(/^[a-z][a-z0-9]{0,15}(_[a-z0-9]{1,16})?_[0-9A-Za-z]{20}_[0-9A-Za-z]{47}$/);
  expect(keyString.startsWith(`${prefix}_${id.slice(4)}_`)).toBe(true);
  expect(keyString.slice(-6)).toBe(crcOf(keyString.slice(0, -6)));
};

const withOtherEnd = (text: string): string => `${text.slice(0, -1)}${text.endsWith("0") ? "1" : "0"}`;

export const presented = (keyString: string, form: KeyForm, adminKey: string): string => {
  switch (form) {
    case "in white space":
      return ` ${keyString}\n`;
    case "with a typo":
      return withOtherEnd(keyString);
    case "forged": {
      const secret = withOtherEnd(keyString.slice(0, -15));
      const forged = `${secret}${keyString.slice(-15, -6)}`;
      return `${forged}${crcOf(forged)}`;
    }
    case "of an admin":
      return adminKey;
    default:
      return keyString;
  }
};
