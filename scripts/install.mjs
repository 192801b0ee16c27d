/**
 * Puts the pinned packages and the pinned Node in place. This file must run on the system's Node 20:
 * on a fresh clone nothing else is there yet.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./project.mjs";
import { onStarterGone, startedByScript } from "./starter.mjs";

const oldestNode = 20;
const modulesFolder = join(projectRoot, "node_modules");
const pinnedNode = join(modulesFolder, ".bin", "node");

/**
 * Answers only on the pinned Node with all packages in place. On another Node it runs the current script again on
 * the pinned one, passes signals on, and ends this process as that one ends: it then never answers.
 */
export async function ensureInstalled() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < oldestNode) fail(`Latchkey needs Node ${oldestNode} or newer; this is Node ${process.versions.node}.`);

  const lock = readLock(join(projectRoot, "package-lock.json"));
  if (!lock) fail("package-lock.json is missing or unreadable: restore it, for example with `git checkout`.");
  if (!matchesLock(lock)) installPackages(lock);

  const pinnedVersion = `v${lock["node_modules/node"].version}`;
  if (process.version === pinnedVersion) return;
  if (realpathSync(process.execPath) === realpathSync(pinnedNode))
    fail(`node_modules holds Node ${process.version}, not ${pinnedVersion}: delete node_modules and try again.`);
  await runAgainOnPinnedNode();
}

/** @param {Record<string, { version: string }>} lock */
function installPackages(lock) {
  console.log("Installing packages, once ...");
  const installing = spawnSync(
    "npm",
    ["ci", "--no-audit", "--no-fund", "--prefer-offline", "--include=dev", "--loglevel=error"],
    {
      cwd: projectRoot,
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  if (installing.error) fail(`npm could not be started: ${installing.error.message}`);
  if (installing.signal) fail(`npm ci was stopped by ${installing.signal}.`);
  if (installing.status !== 0)
    fail("npm ci failed, see above. The first install needs the npm registry; later starts work offline.");
  if (!matchesLock(lock))
    fail("npm ci ended well, yet node_modules is not complete. Are install scripts switched off (ignore-scripts)?");
}

/**
 * npm writes node_modules/.package-lock.json last, so an interrupted install never matches.
 * Only optional packages, those of other platforms, may be absent.
 * @param {Record<string, { version: string, integrity?: string, optional?: boolean, devOptional?: boolean }>} wanted
 */
function matchesLock(wanted) {
  const present = readLock(join(modulesFolder, ".package-lock.json"));
  if (!present || !existsSync(pinnedNode)) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith("node_modules/")) return true;
    const found = present[path];
    if (!found) return Boolean(entry.optional || entry.devOptional);
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** @param {string} path */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** @returns {Promise<never>} */
function runAgainOnPinnedNode() {
  const environment = { ...process.env, [startedByScript]: "1" };
  const child = spawn(pinnedNode, process.argv.slice(1), { stdio: "inherit", env: environment });
  const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
  for (const signal of signals) process.on(signal, forward);
  onStarterGone(() => child.kill("SIGTERM"));

  return new Promise(() => {
    child.on("error", (error) => fail(`The pinned Node could not be started: ${error.message}`));
    child.on("exit", (code, signal) => {
      if (!signal) process.exit(code ?? 1);
      for (const name of signals) process.off(name, forward);
      process.kill(process.pid, signal);
    });
  });
}

/**
 * @param {string} reason
 * @returns {never}
 */
function fail(reason) {
  console.error(reason);
  process.exit(1);
}
