import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { projectRoot, quietWrangler, toolPath } from "../project.mjs";

const wrangler = join(projectRoot, "node_modules", ".bin", "wrangler");
const place = { cwd: projectRoot, env: { ...process.env, ...quietWrangler, PATH: toolPath } };

/**
 * Shows the person what wrangler says, and lets it ask.
 * @param {string[]} words
 * @returns {number} its exit code
 */
export function runWrangler(words) {
  return spawnSync(process.execPath, [wrangler, ...words], { ...place, stdio: "inherit" }).status ?? 1;
}

export function isLoggedIn() {
  return askWrangler(["whoami", "--json"]).status === 0;
}

/**
 * @returns {string[]} the names of the deployed Worker's secrets; none if it was never deployed
 */
export function deployedSecrets() {
  const { status, stdout, stderr } = askWrangler(["secret", "list", "--format", "json"]);
  if (status === 0) return JSON.parse(stdout).map((/** @type {{ name: string }} */ { name }) => name);
  if (/Worker ".*" not found/.test(stdout + stderr)) return [];
  throw new Error(`wrangler could not list the Worker's secrets:\n${stdout}${stderr}`);
}

/** @param {string[]} words */
function askWrangler(words) {
  return spawnSync(process.execPath, [wrangler, ...words], {
    ...place,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}
