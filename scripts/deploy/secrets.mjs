import { randomBytes } from "node:crypto";

/**
 * @typedef {object} Secret
 * @property {string} name
 * @property {string} purpose
 * @property {string} form what a good value is
 * @property {(value: string) => boolean} isGood
 * @property {() => string} generate
 */

const isKey = (/** @type {string} */ value) => /^([0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)$/.test(value);

/** @type {Secret[]} */
export const secrets = [
  {
    name: "ENCRYPTION_KEY",
    purpose: "encrypts every stored key",
    form: "32 random bytes as base64, base64url or hex",
    isGood: isKey,
    generate: () => randomBytes(32).toString("base64"),
  },
  {
    name: "HMAC_SECRET",
    purpose: "signs every stored record and every key",
    form: "32 random bytes as base64, base64url or hex",
    isGood: isKey,
    generate: () => randomBytes(32).toString("base64"),
  },
  {
    name: "SETUP_TOKEN",
    purpose: "opens POST /v1/setup once, to make the first owner",
    form: "at least 32 characters, no spaces",
    isGood: (value) => /^[!-~]{32,}$/.test(value),
    generate: () => randomBytes(32).toString("hex"),
  },
];

/**
 * The token is needed only until the set-up is done: a Worker that has its other secrets may have lost it on purpose.
 * @param {string[]} present
 * @returns {Secret[]}
 */
export function missingSecrets(present) {
  const missing = secrets.filter(({ name }) => !present.includes(name));
  const onlyToken = missing.every(({ name }) => name === "SETUP_TOKEN");
  return onlyToken ? [] : missing;
}
