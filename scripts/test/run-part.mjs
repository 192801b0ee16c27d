import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot, quietWrangler, toolPath } from "../project.mjs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {import("./parts.mjs").Part} part
 * @returns {Promise<import("./parts.mjs").Part & Counts & { seconds: number }>}
 */
export async function runPart(part) {
  const began = performance.now();
  const counts = part.vitestConfig ? await runVitest(part.vitestConfig) : await runCommands(part.commands ?? []);
  if (counts.passed + counts.failed === 0) {
    console.error(`${part.name} ran no tests, which counts as a failure.`);
    counts.failed = 1;
  }
  return { ...part, ...counts, seconds: (performance.now() - began) / 1000 };
}

/**
 * @param {string[]} commands
 * @returns {Promise<Counts>}
 */
async function runCommands(commands) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const command of commands) {
    console.log(`\n> ${command}`);
    const good = (await run(command.split(" "))) === 0;
    if (!good) console.error(`FAILED: ${command}`);
    counts[good ? "passed" : "failed"] += 1;
  }
  return counts;
}

/**
 * @param {string} config
 * @returns {Promise<Counts>}
 */
async function runVitest(config) {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-test-"));
  const report = join(folder, "report.json");
  try {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const exitCode = await run(["vitest", "run", "--config", config, ...reporters]);
    const counts = readCounts(report);
    const failedOtherwise = exitCode !== 0 && counts.failed === 0;
    return failedOtherwise ? { ...counts, failed: 1 } : counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} report as vitest's JSON reporter writes it; absent if vitest could not begin
 * @returns {Counts}
 */
function readCounts(report) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, "utf8"));
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
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
