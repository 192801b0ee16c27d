import { randomBytes } from "node:crypto";
import { keyringOfTexts } from "../../src/infrastructure/secrets/keyring-of-texts.ts";

/**
 * @typedef {object} Secret
 * @property {string} name
 * @property {string} purpose
 * @property {string} form what a good value is
 * @property {(value: string, given: Record<string, string>) => string | undefined} problemOf a value, beside others that are given: what
 * is wrong with it, and no word of it
 * @property {() => string} generate
 */

const keyForm = "32 random bytes as base64, base64url or hex, or a document with several";

/**
 * By the Worker's own rules, which know more than one problem where others are missing.
 * @param {"ENCRYPTION_KEY" | "HMAC_SECRET"} name
 * @returns {Secret["problemOf"]}
 */
const keyProblemOf = (name) => (value, given) => {
  const read = keyringOfTexts({ ...given, [name]: value });
  return read.ok ? undefined : read.problems.find((problem) => problem.name === name)?.detail;
};

/** @type {Secret[]} */
export const secrets = [
  {
    name: "ENCRYPTION_KEY",
    purpose: "encrypts every stored key",
    form: keyForm,
    problemOf: keyProblemOf("ENCRYPTION_KEY"),
    generate: () => randomBytes(32).toString("base64"),
  },
  {
    name: "HMAC_SECRET",
    purpose: "signs every stored record and every key",
    form: keyForm,
    problemOf: keyProblemOf("HMAC_SECRET"),
    generate: () => randomBytes(32).toString("base64"),
  },
  {
    name: "SETUP_TOKEN",
    purpose: "opens POST /v1/setup once, to make the first owner",
    form: "at least 32 characters, no spaces",
    problemOf: (value) =>
      /^[!-~]{32,}$/.test(value) ? undefined : "SETUP_TOKEN must be at least 32 characters, no spaces",
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
