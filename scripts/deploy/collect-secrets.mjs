/** Asks for the secrets that the deployed Worker lacks. Nothing is made up unless the person chooses so, per secret. */
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../project.mjs";
import { askHidden } from "./ask.mjs";

const keptFile = join(projectRoot, ".latchkey", "deploy-secrets");

/**
 * @param {import("./secrets.mjs").Secret[]} missing
 * @returns {Promise<Record<string, string>>}
 */
export async function collectSecrets(missing) {
  console.log(`The deployed Worker lacks ${missing.map(({ name }) => name).join(", ")}.`);
  console.log("If it already holds keys, give the very secrets it had: new ones cannot open its store.");
  /** @type {Record<string, string>} */
  const values = {};
  for (const secret of missing) values[secret.name] = await collect(secret, values);
  return values;
}

/**
 * @param {import("./secrets.mjs").Secret} secret
 * @param {Record<string, string>} given so far
 */
async function collect(secret, given) {
  console.log(`\n${secret.name} ${secret.purpose}: ${secret.form}.`);
  while (true) {
    const answer = await askHidden('Paste it (it is not shown), or type "generate" for a new one: ');
    if (answer === "generate") return generate(secret);
    const problem = secret.problemOf(answer, given);
    if (problem === undefined) return answer;
    console.log(`${problem}.`);
  }
}

/**
 * Kept before it is used, and added to what the file already holds: a secret once generated is never lost.
 * @param {import("./secrets.mjs").Secret} secret
 */
function generate(secret) {
  const value = secret.generate();
  mkdirSync(dirname(keptFile), { recursive: true, mode: 0o700 });
  appendFileSync(keptFile, `# ${new Date().toISOString()}\n${secret.name}="${value}"\n`, { mode: 0o600, flush: true });
  console.log(`Generated, and written to ${keptFile}. Keep a copy elsewhere, then delete that file.`);
  return value;
}
