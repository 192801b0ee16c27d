/** All that `npm run recover` does to a deployment. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { projectRoot, quietWrangler, toolPath } from "../project.mjs";
import { Refusal } from "../start/refusal.mjs";

const name = "RECOVERY_TOKEN";
const removalsMax = 3;

/**
 * Deploys a fresh recovery token, acts with it, and takes it away again, whatever comes of it.
 * @template T
 * @param {(token: string) => Promise<T>} act
 * @returns {Promise<T>}
 */
export async function withDeployedToken(act) {
  const token = randomBytes(32).toString("hex");
  try {
    const { isDone, output } = await tellWrangler(["secret", "put", name], token);
    if (!isDone) throw new Refusal(`wrangler could not set ${name}:\n${output}`);
    return await act(token);
  } finally {
    await takeAway();
  }
}

/** A token left behind is known to nobody, so this tells what is left to do and undoes nothing. */
async function takeAway() {
  let attempt = await tellWrangler(["secret", "delete", name]);
  for (let attempts = 1; !attempt.isDone && attempts < removalsMax; attempts += 1) {
    await pause(1000);
    attempt = await tellWrangler(["secret", "delete", name]);
  }
  if (attempt.isDone) return;
  console.error(`${attempt.output}\n${name} may still be deployed. Take it away: npx wrangler secret delete ${name}`);
  process.exitCode = 1;
}

/**
 * What wrangler has begun it ends: in a process group of its own, Ctrl-C does not reach it. Without a terminal it asks
 * nothing. A secret goes to its standard input, since arguments are visible to every user.
 * @param {string[]} words
 * @param {string} [input]
 * @returns {Promise<{ isDone: boolean, output: string }>}
 */
async function tellWrangler(words, input = "") {
  const wrangler = join(projectRoot, "node_modules", ".bin", "wrangler");
  const child = spawn(process.execPath, [wrangler, ...words], {
    cwd: projectRoot,
    env: { ...process.env, ...quietWrangler, WRANGLER_LOG_SANITIZE: "true", PATH: toolPath },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => {
    child.on("error", () => resolve(null));
    child.on("close", resolve);
  });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [output, errors, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { isDone: exitCode === 0, output: `${output}${errors}`.trim() };
}
