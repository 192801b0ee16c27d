/** npm run secrets: makes secrets, tells which ones a file holds, and whether deploying it is safe. `-- --help` tells all. */
import { parseArgs } from "node:util";
import { ensureInstalled } from "./install.mjs";

await ensureInstalled();
const { check } = await import("./secrets/check.mjs");
const { heldSecrets, ringNames, tellSecrets } = await import("./secrets/held-secrets.mjs");
const { generate, retire, stage, swap } = await import("./secrets/next-file.mjs");
const { readSecretsFile } = await import("./secrets/secrets-file.mjs");
const { usage } = await import("./secrets/usage.mjs");
const { Refusal } = await import("./start/refusal.mjs");

const text = /** @type {const} */ ({ type: "string" });
const flag = /** @type {const} */ ({ type: "boolean" });

/**
 * @typedef {{ file?: string, out?: string, url?: string, document?: boolean }} Options
 *
 * @typedef {object} Command
 * @property {import("node:util").ParseArgsConfig["options"]} options
 * @property {(words: string[], options: Options) => unknown} act
 */

/** @type {Record<string, Command>} */
const commands = {
  generate: { options: { out: text }, act: (words, { out }) => generate(namesIn(words), out) },
  stage: {
    options: { file: text, out: text, document: flag },
    act: (words, options) => stage(fileOf(options), some(namesIn(words)), options),
  },
  swap: {
    options: { file: text, out: text },
    act: (words, options) => swap(fileOf(options), some(namesIn(words)), options.out),
  },
  retire: {
    options: { file: text, out: text },
    act: (words, options) => retire(fileOf(options), some(fingerprintsIn(words)), options.out),
  },
  fingerprint: {
    options: { file: text },
    act: (words, options) => {
      refuseWords(words);
      tellSecrets(heldSecrets(fileOf(options)));
    },
  },
  check: {
    options: { file: text, url: text },
    act: (words, options) => {
      refuseWords(words);
      return check(fileOf(options), options.url, process.env.LATCHKEY_ADMIN_KEY);
    },
  },
};

process.umask(0o077);
try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
}

/** @param {string[]} words */
async function run([name = "", ...words]) {
  if (name === "--help") return console.log(usage);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new Refusal(name === "" ? usage : `There is no such command.\n\n${usage}`);
  const { values, positionals } = parse(words, { ...command.options, help: flag });
  if (values.help) return console.log(usage);
  await command.act(positionals, values);
}

/**
 * @param {string[]} args
 * @param {NonNullable<import("node:util").ParseArgsConfig["options"]>} options
 */
function parse(args, options) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    const [sentence] = (error instanceof Error ? error.message : "").split(/\.\s/);
    throw new Refusal(`${sentence}: npm run secrets -- --help`);
  }
}

/** @param {Options} options */
function fileOf({ file }) {
  return readSecretsFile(file ?? ".dev.vars");
}

/**
 * What stands there instead is not repeated: it may be a secret.
 * @param {string[]} words
 */
function namesIn(words) {
  const names = ringNames.filter((name) => words.includes(name));
  if (names.length < words.length) throw new Refusal("A name is ENCRYPTION_KEY or HMAC_SECRET, each at most once.");
  return names;
}

/** @param {string[]} words */
function fingerprintsIn(words) {
  if (!words.every((word) => /^[0-9a-f]{16}$/.test(word)))
    throw new Refusal("A fingerprint has 16 hex digits, as `npm run secrets -- fingerprint` tells it.");
  return words;
}

/**
 * @template Word
 * @param {Word[]} words
 */
function some(words) {
  if (words.length === 0) throw new Refusal("Name at least one: npm run secrets -- --help");
  return words;
}

/** @param {string[]} words */
function refuseWords(words) {
  if (words.length > 0) throw new Refusal("A file is named with --file: npm run secrets -- --help");
}
