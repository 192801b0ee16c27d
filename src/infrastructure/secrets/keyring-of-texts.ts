import type { SettingProblem } from "../../core/setting-problem.ts";
import { encryptionKeyOf, hmacSecretOf, type Keyring, ringOf } from "../crypto/keyring.ts";
import { isEqual } from "../crypto/primitives.ts";
import { readRingDocument } from "./ring-document.ts";
import { howToMake, materialOf } from "./secret-material.ts";

type RingName = "ENCRYPTION_KEY" | "HMAC_SECRET";

export type SecretTextName = RingName | `${RingName}_FALLBACK`;

export type SecretTexts = { readonly [Name in SecretTextName]?: string };

/** One secret, or the text that is meant to be one, and the setting that holds it. */
interface Given<Value> {
  readonly name: SecretTextName;
  readonly value: Value;
}

const primaryTexts = (name: RingName, text: string, problems: SettingProblem[]): readonly string[] => {
  if (text === "") problems.push({ name, detail: `${name} is missing: ${howToMake}` });
  if (!text.startsWith("{")) return text === "" ? [] : [text];
  const ring = readRingDocument(text);
  if (typeof ring !== "string") return ring;
  problems.push({ name, detail: `${name} as a document ${ring}` });
  return [];
};

const fallbackTexts = (name: RingName, text: string, problems: SettingProblem[]): readonly string[] => {
  if (!text.includes("{")) return text.split(",").filter((entry) => entry.trim() !== "");
  const fallbackName = `${name}_FALLBACK`;
  const detail = `${fallbackName} must be secrets joined by commas: a document belongs into ${name}`;
  problems.push({ name: fallbackName, detail });
  return [];
};

/** All secrets of a ring, the primary first where it is in order. */
const materialsOf = (name: RingName, texts: SecretTexts, problems: SettingProblem[]): Given<Uint8Array>[] => {
  const fallbackName = `${name}_FALLBACK` as const;
  const given: Given<string>[] = [
    ...primaryTexts(name, texts[name]?.trim() ?? "", problems).map((value) => ({ name, value })),
    ...fallbackTexts(name, texts[fallbackName] ?? "", problems).map((value) => ({ name: fallbackName, value })),
  ];
  return given.flatMap(({ name, value }) => {
    const material = materialOf(value.trim());
    if (typeof material !== "string") return [{ name, value: material }];
    problems.push({ name, detail: `${name} ${material}` });
    return [];
  });
};

/** Who learns one of the two must not have learned the other. */
const sharedProblems = (
  encryption: readonly Given<Uint8Array>[],
  hmac: readonly Given<Uint8Array>[],
): SettingProblem[] => {
  for (const one of encryption) {
    const other = hmac.find(({ value }) => isEqual(value, one.value));
    if (!other) continue;
    const detail = `${other.name} holds a secret that ${one.name} holds too, so that one leak would be two: each must have its own, ${howToMake}`;
    return [{ name: other.name, detail }];
  }
  return [];
};

/**
 * The rings of both secrets: each a bare primary and its fallbacks, or a document that holds them. A problem names the
 * setting and repeats nothing of the text.
 */
export const keyringOfTexts = (
  texts: SecretTexts,
): { readonly ok: true; readonly keyring: Keyring } | { readonly ok: false; readonly problems: SettingProblem[] } => {
  const problems: SettingProblem[] = [];
  const encryption = materialsOf("ENCRYPTION_KEY", texts, problems);
  const hmac = materialsOf("HMAC_SECRET", texts, problems);
  if (problems.length === 0) problems.push(...sharedProblems(encryption, hmac));
  const [encryptionKey, ...encryptionFallbacks] = encryption.map(({ value }) => encryptionKeyOf(value));
  const [hmacSecret, ...hmacFallbacks] = hmac.map(({ value }) => hmacSecretOf(value));
  if (problems.length > 0 || !encryptionKey || !hmacSecret) return { ok: false, problems };
  return {
    ok: true,
    keyring: {
      encryption: ringOf(encryptionKey, encryptionFallbacks),
      hmac: ringOf(hmacSecret, hmacFallbacks),
    },
  };
};
