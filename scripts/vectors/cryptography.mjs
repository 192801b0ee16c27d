// The four primitives, all from WebCrypto.

const { subtle } = globalThis.crypto;

export async function sha256(message) {
  return new Uint8Array(await subtle.digest("SHA-256", message));
}

export async function hmac(secret, message) {
  const key = await subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", key, message));
}

/** HKDF-SHA-256 with an empty salt. */
export async function deriveSubKey(secret, label, length) {
  const key = await subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const parameters = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: new TextEncoder().encode(label) };
  return new Uint8Array(await subtle.deriveBits(parameters, key, length * 8));
}

function importEncryptionKey(secret, use) {
  if (secret.length !== 32) throw new Error("an AES-256 key has 32 bytes");
  return subtle.importKey("raw", secret, "AES-GCM", false, [use]);
}

const parametersOf = (iv, additionalData) => ({ name: "AES-GCM", iv, additionalData, tagLength: 128 });

/** The ciphertext followed by the tag. */
export async function encrypt(secret, iv, additionalData, plaintext) {
  const key = await importEncryptionKey(secret, "encrypt");
  return new Uint8Array(await subtle.encrypt(parametersOf(iv, additionalData), key, plaintext));
}

export async function decrypt(secret, iv, additionalData, ciphertextAndTag) {
  const key = await importEncryptionKey(secret, "decrypt");
  return new Uint8Array(await subtle.decrypt(parametersOf(iv, additionalData), key, ciphertextAndTag));
}
