import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/**
 * The primitives, synchronous everywhere: what depends on a record that was read may not wait between the read and the
 * write. Nothing else in the product calls a cryptographic function.
 */
export const sha256 = (bytes: Uint8Array | string): Uint8Array =>
  new Uint8Array(createHash("sha256").update(bytes).digest());

export const hmacSha256 = (key: Uint8Array, bytes: Uint8Array | string): Uint8Array =>
  new Uint8Array(createHmac("sha256", key).update(bytes).digest());

export const hkdfSha256 = (material: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", material, salt, info, length));

const tagBytes = 16;

/** The ciphertext with the 16-byte tag behind it. */
export const aesGcmSeal = (
  key: Uint8Array,
  iv: Uint8Array,
  additional: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array => {
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(additional);
  const ciphertext = cipher.update(plaintext);
  const last = cipher.final();
  const sealed = new Uint8Array(ciphertext.length + last.length + tagBytes);
  sealed.set(ciphertext);
  sealed.set(last, ciphertext.length);
  sealed.set(cipher.getAuthTag(), ciphertext.length + last.length);
  return sealed;
};

/** Undefined when the tag does not hold: changed, moved, or sealed under another key. */
export const aesGcmOpen = (
  key: Uint8Array,
  iv: Uint8Array,
  additional: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined => {
  if (sealed.length < tagBytes) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
  decipher.setAAD(additional);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  try {
    const plaintext = decipher.update(sealed.subarray(0, sealed.length - tagBytes));
    const last = decipher.final();
    const opened = new Uint8Array(plaintext.length + last.length);
    opened.set(plaintext);
    opened.set(last, plaintext.length);
    return opened;
  } catch {
    return undefined;
  }
};

export const isEqual = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

export const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const fromHex = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, index) => Number.parseInt(text.slice(index * 2, index * 2 + 2), 16));
