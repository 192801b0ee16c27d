import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { projectRoot, quietWrangler, toolPath } from "../project.mjs";
import { Refusal } from "./refusal.mjs";

/**
 * Bundles a Worker as a deployment would, without network or login, and replaces the folder's content by it.
 * It is built elsewhere first: a bundler left behind by a killed start must not write into this one's folder.
 * @param {string} folder
 * @param {AbortSignal} [interruption]
 * @param {string[]} [words] for wrangler, where it is another Worker than the manager
 */
export async function bundleWorker(folder, interruption, words = []) {
  const parent = dirname(folder);
  for (const name of readdirSync(parent)) {
    if (name.startsWith(`${basename(folder)}-`)) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const draft = mkdtempSync(`${folder}-`);
  await runWranglerBuild(draft, interruption, words);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}

/**
 * @param {string} outputFolder
 * @param {AbortSignal | undefined} interruption
 * @param {string[]} words
 * @returns {Promise<void>}
 */
function runWranglerBuild(outputFolder, interruption, words) {
  const wrangler = join(projectRoot, "node_modules", ".bin", "wrangler");
  const environment = {
    ...process.env,
    ...quietWrangler,
    PATH: toolPath,
    // A good part of its time goes into the compiling of wrangler itself.
    NODE_COMPILE_CACHE: join(projectRoot, "node_modules", ".cache", "compiled"),
    WRANGLER_LOG_PATH: join(outputFolder, "wrangler.log"),
  };
  return new Promise((succeed, fail) => {
    execFile(
      process.execPath,
      [wrangler, "deploy", "--dry-run", "--outdir", outputFolder, ...words],
      { cwd: projectRoot, env: environment, signal: interruption },
      (error, output, errors) => {
        if (!error) succeed();
        else if (interruption?.aborted) fail(error);
        else fail(new Refusal(`The Worker could not be bundled:\n${output}${errors || error.message}`));
      },
    );
  });
}

/**
 * @param {string} folder a folder that bundleWorker has filled
 * @returns {string[]} the paths of its modules within it, the entry first
 */
export function moduleFiles(folder) {
  const entry = "index.js";
  const others = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((found) => found.isFile() && /\.(js|mjs|html|txt|wasm|bin)$/.test(found.name))
    .map((found) => join(found.parentPath, found.name).slice(folder.length + 1))
    .filter((path) => path !== entry);
  return [entry, ...others.sort()];
}
