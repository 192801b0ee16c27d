import type { SettingProblem } from "../../core/setting-problem.ts";
import { encryptionKeyOf, hmacSecretOf, type Keyring, ringOf } from "../crypto/keyring.ts";
import { fromHex } from "../crypto/primitives.ts";

export interface SecretBindings {
  readonly ENCRYPTION_KEY?: string;
  readonly ENCRYPTION_KEY_FALLBACK?: string;
  readonly HMAC_SECRET?: string;
  readonly HMAC_SECRET_FALLBACK?: string;
}

export type LoadedSecrets =
  | { readonly ok: true; readonly keyring: Keyring }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

const howToMake = "make one with `openssl rand -base64 32`";
const base64Pattern = /^[A-Za-z0-9+/_-]{43}=?$/;

/**
 * 32 bytes or a fault. A passphrase is refused, never padded or hashed into shape. Random base64 of 43 digits has both
 * cases but for 4 in 10^10; random bytes have 16 distinct values but for far less.
 */
const materialOf = (text: string): Uint8Array | string => {
  if (/^[0-9a-f]{64}$/i.test(text)) return checkedForPattern(fromHex(text));
  if (!base64Pattern.test(text)) return `must be 32 random bytes as base64, base64url or hex: ${howToMake}`;
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text)) return `looks like a passphrase, not like random bytes: ${howToMake}`;
  const standard = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=$/, "");
  return checkedForPattern(Uint8Array.from(atob(`${standard}=`), (character) => character.charCodeAt(0)));
};

const checkedForPattern = (bytes: Uint8Array): Uint8Array | string =>
  new Set(bytes).size < 16 ? `repeats itself and is not random: ${howToMake}` : bytes;

const materials = (name: string, texts: readonly string[], problems: SettingProblem[]): Uint8Array[] =>
  texts.flatMap((text) => {
    const material = materialOf(text.trim());
    if (typeof material !== "string") return [material];
    problems.push({ name, detail: `${name} ${material}` });
    return [];
  });

const listed = (text: string | undefined): string[] => (text ?? "").split(",").filter((entry) => entry.trim() !== "");

export const readWorkerSecrets = (bindings: SecretBindings): LoadedSecrets => {
  const problems: SettingProblem[] = [];
  const ring = <Name extends "ENCRYPTION_KEY" | "HMAC_SECRET">(name: Name): [Uint8Array | undefined, Uint8Array[]] => {
    const text = bindings[name]?.trim() ?? "";
    if (text === "") problems.push({ name, detail: `${name} is missing: ${howToMake}` });
    const [primary] = materials(name, text === "" ? [] : [text], problems);
    return [primary, materials(`${name}_FALLBACK`, listed(bindings[`${name}_FALLBACK`]), problems)];
  };
  const [encryptionKey, encryptionFallbacks] = ring("ENCRYPTION_KEY");
  const [hmacSecret, hmacFallbacks] = ring("HMAC_SECRET");
  if (problems.length > 0 || !encryptionKey || !hmacSecret) return { ok: false, problems };
  return {
    ok: true,
    keyring: {
      encryption: ringOf(encryptionKeyOf(encryptionKey), encryptionFallbacks.map(encryptionKeyOf)),
      hmac: ringOf(hmacSecretOf(hmacSecret), hmacFallbacks.map(hmacSecretOf)),
    },
  };
};
