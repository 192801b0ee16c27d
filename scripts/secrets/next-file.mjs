/** Makes the file of secrets for the next step of a rotation. What is written has passed the Worker's own rules. */
import { Refusal } from "../start/refusal.mjs";
import { freshSecret, heldSecrets, ringNames, tellSecrets } from "./held-secrets.mjs";
import { createSecretsFile } from "./secrets-file.mjs";

/**
 * @typedef {import("./held-secrets.mjs").RingName} RingName
 * @typedef {import("./secrets-file.mjs").Entries} Entries
 * @typedef {import("./secrets-file.mjs").SecretsFile} SecretsFile
 * @typedef {{ primary: string, fallbacks: string[] }} RingTexts
 */

/**
 * @param {RingName[]} names
 * @param {string} [out]
 */
export function generate(names, out) {
  const chosen = names.length > 0 ? names : ringNames;
  keep(out ?? "new-secrets.env", Object.fromEntries(chosen.map((name) => [name, freshSecret(name)])));
}

/**
 * Adds a new secret to each of the rings, as the first fallback.
 * @param {SecretsFile} file
 * @param {RingName[]} names
 * @param {{ out?: string | undefined, document?: boolean | undefined }} wishes
 */
export function stage(file, names, { out, document }) {
  let { entries } = file;
  for (const name of names) {
    const { primary, fallbacks } = ringIn(file, name);
    const ring = { primary, fallbacks: [freshSecret(name), ...fallbacks] };
    entries = withRing(entries, name, ring, document || isDocument(entries[name]));
  }
  keep(out ?? `staged-secrets.${file.form}`, entries);
}

/**
 * Exchanges the primary and the first fallback of each of the rings: twice is not at all.
 * @param {SecretsFile} file
 * @param {RingName[]} names
 * @param {string} [out]
 */
export function swap(file, names, out) {
  let { entries } = file;
  for (const name of names) {
    const { primary, fallbacks } = ringIn(file, name);
    const [next, ...others] = fallbacks;
    if (next === undefined) throw new Refusal(`${name} has no fallback in ${file.path}: stage one first.`);
    entries = withRing(entries, name, { primary: next, fallbacks: [primary, ...others] }, isDocument(entries[name]));
  }
  keep(out ?? `swapped-secrets.${file.form}`, entries);
}

/**
 * Takes fallbacks away.
 * @param {SecretsFile} file
 * @param {string[]} fingerprints
 * @param {string} [out]
 */
export function retire(file, fingerprints, out) {
  const held = heldSecrets(file);
  for (const fingerprint of fingerprints) refuseUnlessFallback(file, held, fingerprint);
  let { entries } = file;
  for (const name of new Set(held.map((secret) => secret.name))) {
    const { primary, fallbacks } = ringIn(file, name);
    const left = fallbacks.filter((text) => !fingerprints.includes(fingerprintOf(name, text)));
    if (left.length < fallbacks.length)
      entries = withRing(entries, name, { primary, fallbacks: left }, isDocument(entries[name]));
  }
  keep(out ?? `retired-secrets.${file.form}`, entries);
}

/**
 * @param {string} out
 * @param {Entries} entries
 */
function keep(out, entries) {
  const secrets = heldSecrets({ path: out, entries });
  const kept = createSecretsFile(out, entries);
  tellSecrets(secrets);
  console.log(`Kept in ${kept.path}, readable by you alone. Keep a copy where you keep secrets.`);
  const leftOut = Object.keys(entries).filter((name) => kept.form === "env" && entries[name] === null);
  for (const name of leftOut)
    console.log(`Without a line for it a Worker keeps what it has: npx wrangler secret delete ${name}`);
}

/** @param {string | null | undefined} text */
const isDocument = (text) => text?.trimStart().startsWith("{") ?? false;

/**
 * The texts of a ring that the Worker's rules have accepted, each secret once, as they count it.
 * @param {SecretsFile} file
 * @param {RingName} name
 * @returns {RingTexts}
 */
function ringIn(file, name) {
  if (!heldSecrets(file).some((secret) => secret.name === name)) throw new Refusal(`${file.path} holds no ${name}.`);
  const apart = (file.entries[`${name}_FALLBACK`] ?? "").split(",").filter((text) => text.trim() !== "");
  const given = file.entries[name] ?? "";
  const document = isDocument(given) ? JSON.parse(given) : { primary: given };
  /** @type {string[]} */
  const texts = [document.primary, ...(document.fallbacks ?? []), ...apart];
  const fingerprints = texts.map((text) => fingerprintOf(name, text));
  const [primary = "", ...fallbacks] = texts.filter(
    (_text, place) => fingerprints.indexOf(fingerprints[place] ?? "") === place,
  );
  return { primary, fallbacks };
}

/**
 * @param {Entries} entries
 * @param {RingName} name
 * @param {RingTexts} ring
 * @param {boolean} asDocument
 * @returns {Entries}
 */
function withRing(entries, name, ring, asDocument) {
  const fallbackName = `${name}_FALLBACK`;
  const apart = asDocument || ring.fallbacks.length === 0 ? null : ring.fallbacks.join(",");
  const hasPlace = apart !== null || fallbackName in entries;
  return {
    ...entries,
    [name]: asDocument ? JSON.stringify(ring) : ring.primary,
    ...(hasPlace && { [fallbackName]: apart }),
  };
}

/**
 * @param {RingName} name
 * @param {string} text
 */
function fingerprintOf(name, text) {
  return heldSecrets({ path: name, entries: { [name]: text } })[0]?.fingerprint ?? "";
}

/**
 * @param {SecretsFile} file
 * @param {import("./held-secrets.mjs").HeldSecret[]} held
 * @param {string} fingerprint
 */
function refuseUnlessFallback({ path }, held, fingerprint) {
  const standing = held.find((secret) => secret.fingerprint === fingerprint)?.standing;
  if (standing === "primary") throw new Refusal(`${fingerprint} is a primary of ${path}: swap it first.`);
  if (!standing) throw new Refusal(`${fingerprint} is not in ${path}.`);
}
