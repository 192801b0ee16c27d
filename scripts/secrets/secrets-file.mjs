/** A file of secrets in either form that `wrangler secret bulk` takes: NAME="value" lines, or a JSON object. */
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { parseEnv } from "node:util";
import { projectRoot } from "../project.mjs";
import { createFile } from "../start/durable-files.mjs";
import { Refusal } from "../start/refusal.mjs";

/**
 * @typedef {Record<string, string | null>} Entries null: `wrangler secret bulk` takes that secret away
 *
 * @typedef {object} SecretsFile
 * @property {string} path
 * @property {"env" | "json"} form
 * @property {Entries} entries
 */

/**
 * @param {string} given relative to the project's folder
 * @returns {SecretsFile}
 */
export function readSecretsFile(given) {
  const path = resolve(projectRoot, given);
  const text = textOf(path);
  if (statSync(path).mode & 0o077) console.error(`Others can read ${path}: chmod 600 ${path}`);
  if (text.trimStart().startsWith("{")) return { path, form: "json", entries: parseJson(path, text) };
  refuseRepeated(path, text);
  return { path, form: "env", entries: /** @type {Entries} */ (parseEnv(text)) };
}

/**
 * Of two lines of one name the last counts, so a secret that somebody meant to add would be gone from the next file.
 * @param {string} path
 * @param {string} text
 */
function refuseRepeated(path, text) {
  const names = [...text.matchAll(/^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=/gm)].map(([, name]) => name);
  const repeated = names.find((name, place) => names.indexOf(name) !== place);
  if (repeated)
    throw new Refusal(
      `${path} gives ${repeated} twice, and the last would count: one line, several fallbacks by commas.`,
    );
}

/**
 * Makes a file of the form that its name tells, readable by its owner alone, and never over another one.
 * @param {string} given relative to the project's folder
 * @param {Entries} entries
 * @returns {SecretsFile}
 */
export function createSecretsFile(given, entries) {
  const path = resolve(projectRoot, given);
  const form = path.endsWith(".json") ? "json" : "env";
  refuseTracked(path);
  let isMade = false;
  try {
    isMade = createFile(path, form === "json" ? `${JSON.stringify(entries, null, 2)}\n` : envText(entries));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`${path} could not be made: ${/** @type {NodeJS.ErrnoException} */ (error).code}`);
  }
  if (!isMade) throw new Refusal(`${path} is there already: move it away, or name another file with --out.`);
  return { path, form, entries };
}

/** @param {string} path */
function textOf(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Refusal(`${path} cannot be read: ${/** @type {NodeJS.ErrnoException} */ (error).code}`);
  }
}

/**
 * What JSON.parse says of bad text repeats a part of it, so it is not told.
 * @param {string} path
 * @param {string} text
 * @returns {Entries}
 */
function parseJson(path, text) {
  let entries;
  try {
    entries = JSON.parse(text);
  } catch {
    throw new Refusal(`${path} begins as JSON and is none.`);
  }
  if (!Object.values(entries).every((value) => value === null || typeof value === "string"))
    throw new Refusal(`${path} must be one JSON object whose values are texts.`);
  return entries;
}

/** @param {Entries} entries */
function envText(entries) {
  const kept = Object.entries(entries).flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
  const lines = kept.map(({ name, value }) => {
    const quote = /["\\]/.test(value) ? "'" : '"';
    return `${name}=${quote}${value}${quote}\n`;
  });
  const text = lines.join("");
  const back = parseEnv(text);
  const lost = kept.find(({ name, value }) => back[name] !== value);
  if (lost) throw new Refusal(`${lost.name} cannot be written as a line: name a file that ends in .json with --out.`);
  return text;
}

/** @param {string} path */
function refuseTracked(path) {
  if (relative(projectRoot, path).startsWith("..")) return;
  const asked = spawnSync("git", ["check-ignore", "--quiet", "--", path], { cwd: projectRoot, stdio: "ignore" });
  const isNotIgnored = asked.status === 1;
  if (isNotIgnored)
    throw new Refusal(
      `git would take ${path} into a commit: choose a name that .gitignore lists, such as my-secrets.env`,
    );
}
