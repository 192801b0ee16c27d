import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot, quietWrangler, toolPath } from "../project.mjs";
import { readReport } from "./report.mjs";

/** @typedef {import("./report.mjs").Outcome} Outcome */

/**
 * @param {import("./parts.mjs").Part} part
 * @returns {Promise<import("./parts.mjs").Part & Outcome & { seconds: number }>}
 */
export async function runPart(part) {
  const began = performance.now();
  const outcome = part.vitestConfig ? await runVitest(part.vitestConfig) : await runCommands(part.commands ?? []);
  if (outcome.passed + outcome.failed === 0) {
    outcome.failed = 1;
    outcome.failures.push("It ran no tests, which counts as a failure.");
  }
  return { ...part, ...outcome, seconds: (performance.now() - began) / 1000 };
}

/**
 * @param {string[]} commands
 * @returns {Promise<Outcome>}
 */
async function runCommands(commands) {
  const outcome = { passed: 0, failed: 0, skipped: 0, failures: /** @type {string[]} */ ([]) };
  for (const command of commands) {
    console.log(`\n> ${command}`);
    const good = (await run(command.split(" "))) === 0;
    outcome[good ? "passed" : "failed"] += 1;
    if (!good) outcome.failures.push(command);
  }
  return outcome;
}

/**
 * @param {string} config
 * @returns {Promise<Outcome>}
 */
async function runVitest(config) {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-test-"));
  const report = join(folder, "report.json");
  try {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const exitCode = await run(["vitest", "run", "--config", config, ...reporters]);
    const outcome = readReport(report);
    if (exitCode === 0 || outcome.failed > 0) return outcome;
    const why = `vitest ended with exit code ${exitCode}, and no test failed: see its output above.`;
    return { ...outcome, failed: 1, failures: [...outcome.failures, why] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string[]} command
 * @returns {Promise<number>} its exit code
 */
function run([tool, ...options]) {
  const environment = { ...process.env, ...quietWrangler, PATH: toolPath };
  const child = spawn(tool, options, { cwd: projectRoot, env: environment, stdio: ["ignore", "inherit", "inherit"] });
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
