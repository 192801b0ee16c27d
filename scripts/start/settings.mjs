/** The manager's settings: .dev.vars, over what [vars] of wrangler.toml says. */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { createFile } from "./durable-files.mjs";
import { Refusal } from "./refusal.mjs";

/** What the Worker is told; anything else in .dev.vars stays there. */
const settingNames = [
  "ENCRYPTION_KEY",
  "ENCRYPTION_KEY_FALLBACK",
  "HMAC_SECRET",
  "HMAC_SECRET_FALLBACK",
  "SETUP_TOKEN",
  "SHARDS",
  "CORS_ORIGINS",
  "AUDIT_RETENTION_DAYS",
  "USAGE_RETENTION_DAYS",
  "ROTATED_RETENTION_DAYS",
];

/**
 * Makes .dev.vars if there is neither one nor a store. A store without it stays closed: new secrets could never
 * open it, and would hide that the right ones are gone.
 * @param {string} root
 * @param {string} dataFolder
 * @returns {{ made: boolean }}
 */
export function ensureSecrets(root, dataFolder) {
  const path = join(root, ".dev.vars");
  if (existsSync(path)) return { made: false };
  if (holdsFiles(dataFolder))
    throw new Refusal(
      `${dataFolder} holds a store, but ${path} is missing, and only its secrets open that store.\n` +
        "Put the .dev.vars back that belongs to it (from your copy), or move the store away to begin anew.",
    );
  return { made: createFile(path, freshSecrets()) };
}

/**
 * @param {string} root
 * @returns {Record<string, string>} only the settings that are there and not empty
 */
export function readSettings(root) {
  /** @type {Record<string, string | undefined>} */
  const given = { ...readWranglerConfig(root).vars, ...parseEnv(readFileSync(join(root, ".dev.vars"), "utf8")) };
  return Object.fromEntries(settingNames.flatMap((name) => (given[name] ? [[name, given[name]]] : [])));
}

/**
 * Reads the two things needed of wrangler.toml, and refuses what it does not understand of them.
 * @param {string} root
 * @returns {{ compatibilityDate: string, vars: Record<string, string> }}
 */
export function readWranglerConfig(root) {
  /** @type {Record<string, string>} */
  const vars = {};
  let section = "";
  let compatibilityDate = "";
  for (const line of readFileSync(join(root, "wrangler.toml"), "utf8")
    .split("\n")
    .map((text) => text.trim())) {
    if (line.startsWith("[")) section = line.replace(/\s*#.*$/, "");
    const [, name, value] = /^([A-Za-z0-9_]+)\s*=\s*"([^"\\]*)"\s*(?:#.*)?$/.exec(line) ?? [];
    if (section === "" && name === "compatibility_date") compatibilityDate = value;
    if (section !== "[vars]" || line === "" || line.startsWith("#") || line.startsWith("[")) continue;
    if (!name) throw new Refusal(`wrangler.toml, [vars]: npm start understands only NAME = "text", not: ${line}`);
    vars[name] = value;
  }
  if (!compatibilityDate) throw new Refusal('wrangler.toml holds no line compatibility_date = "...".');
  return { compatibilityDate, vars };
}

function freshSecrets() {
  return [
    "# Made by npm start. Keep a copy: without ENCRYPTION_KEY and HMAC_SECRET the stored keys are lost.",
    `ENCRYPTION_KEY="${randomBytes(32).toString("base64")}"`,
    `HMAC_SECRET="${randomBytes(32).toString("base64")}"`,
    `SETUP_TOKEN="${randomBytes(32).toString("hex")}"`,
    "",
  ].join("\n");
}

/** @param {string} folder */
function holdsFiles(folder) {
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { withFileTypes: true, recursive: true }).some((entry) => !entry.isDirectory());
}
