import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../project.mjs";

/**
 * @returns {string[]} the names of the secrets that wrangler.toml binds to the Secrets Store, by the plain name or by the
 * one that is asked first. A form that is not understood counts as none: then there is one question too many.
 */
export function storedSecrets() {
  const tables = readFileSync(join(projectRoot, "wrangler.toml"), "utf8").split(/^\s*(?=\[)/m);
  return tables
    .filter((table) => /^\[\[\s*secrets_store_secrets\s*\]\]/.test(table))
    .flatMap(
      (table) => /^\s*binding\s*=\s*["'](?:SECRETS_STORE_)?(ENCRYPTION_KEY|HMAC_SECRET)["']/m.exec(table)?.[1] ?? [],
    );
}
