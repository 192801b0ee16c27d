/** Which secrets a file holds, by the Worker's own rules and fingerprints. */
import { keyringOfTexts } from "../../src/infrastructure/secrets/keyring-of-texts.ts";
import { secrets as deployedSecrets } from "../deploy/secrets.mjs";
import { Refusal } from "../start/refusal.mjs";

/**
 * @typedef {"ENCRYPTION_KEY" | "HMAC_SECRET"} RingName
 * @typedef {Pick<import("./secrets-file.mjs").SecretsFile, "path" | "entries">} Holder
 *
 * @typedef {object} HeldSecret
 * @property {RingName} name
 * @property {"primary" | "fallback"} standing
 * @property {"encryption" | "hmac"} kind
 * @property {string} fingerprint
 * @property {string} [epoch]
 */

/** @type {readonly RingName[]} */
export const ringNames = ["ENCRYPTION_KEY", "HMAC_SECRET"];

const kinds = /** @type {const} */ ({ ENCRYPTION_KEY: "encryption", HMAC_SECRET: "hmac" });

/** @param {RingName} name */
export function freshSecret(name) {
  const secret = deployedSecrets.find((known) => known.name === name);
  if (!secret) throw new Error(`${name} is no secret`);
  return secret.generate();
}

/**
 * The secrets of a file with which a Worker could run.
 * @param {Holder} file
 * @returns {HeldSecret[]} the primary of each ring before its fallbacks
 */
export function allSecrets({ path, entries }) {
  const read = keyringOfTexts(textsOf(entries));
  if (!read.ok)
    throw new Refusal([`${path} is not sound:`, ...read.problems.map(({ detail }) => detail)].join("\n  - "));
  return ringNames.flatMap((name) => {
    const kind = kinds[name];
    const { primary, byFingerprint } = read.keyring[kind];
    return [...byFingerprint.values()].map((secret) => ({
      name,
      standing: secret.fingerprint === primary.fingerprint ? "primary" : "fallback",
      kind,
      fingerprint: secret.fingerprint,
      ...("epoch" in secret && { epoch: secret.epoch }),
    }));
  });
}

/**
 * The same of a file that may hold one of the rings alone. The Worker's rules want both, so a fresh secret stands in.
 * @param {Holder} file
 * @returns {HeldSecret[]}
 */
export function heldSecrets({ path, entries }) {
  const names = ringNames.filter((name) => entries[name] || entries[`${name}_FALLBACK`]);
  if (names.length === 0) throw new Refusal(`${path} holds neither ENCRYPTION_KEY nor HMAC_SECRET.`);
  const standIns = ringNames.filter((name) => !names.includes(name)).map((name) => [name, freshSecret(name)]);
  const all = allSecrets({ path, entries: { ...entries, ...Object.fromEntries(standIns) } });
  return all.filter(({ name }) => names.includes(name));
}

/** @param {HeldSecret[]} secrets */
export function tellSecrets(secrets) {
  for (const { name, standing, kind, fingerprint, epoch } of secrets)
    console.log(
      [name.padEnd(14), standing.padEnd(8), kind.padEnd(10), fingerprint, epoch ? `epoch ${epoch}` : ""]
        .join("  ")
        .trim(),
    );
}

/** @param {import("./secrets-file.mjs").Entries} entries */
function textsOf(entries) {
  const names = ringNames.flatMap((name) => [name, `${name}_FALLBACK`]);
  return Object.fromEntries(names.flatMap((name) => (entries[name] ? [[name, entries[name]]] : [])));
}
