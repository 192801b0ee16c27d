import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../project.mjs";
import { bundleWorker, moduleFiles } from "./bundle.mjs";
import { replaceFile } from "./durable-files.mjs";
import { readOptions } from "./options.mjs";
import { loopback, refuseBusyPort } from "./port.mjs";
import { Refusal } from "./refusal.mjs";
import { startRuntime } from "./runtime.mjs";
import { runtimeConfig } from "./runtime-config.mjs";
import { stopOrphan } from "./runtime-record.mjs";
import { setUpAndGreet } from "./set-up.mjs";
import { ensureSecrets, readSettings, readWranglerConfig } from "./settings.mjs";
import { holdStore } from "./store-lock.mjs";

/**
 * Runs the manager until the interruption, and throws why if it cannot. No runtime of its own outlives it, except
 * by kill -9: then the next launch stops that runtime first.
 * @param {NodeJS.ProcessEnv} environment
 * @param {AbortSignal} interruption
 */
export async function launch(environment, interruption) {
  process.umask(0o077);
  const { port, state } = readOptions(environment);
  mkdirSync(state.path, { recursive: true });
  const hold = holdStore(state);
  try {
    await stopOrphan(state.runtime);
    await refuseBusyPort(port);
    const secrets = ensureSecrets(projectRoot, state.data);
    if (secrets.made) console.log("Made .dev.vars with fresh secrets. Keep a copy: without them the store is lost.");

    const settings = readSettings(projectRoot);
    await bundleWorker(state.build, interruption);
    writeConfig(state, port, settings);
    interruption.throwIfAborted();
    await runUntilInterrupted(state, settings, interruption);
  } finally {
    hold.release();
  }
}

/**
 * @param {import("./options.mjs").StateFolder} state
 * @param {number} port
 * @param {Record<string, string>} settings
 */
export function writeConfig(state, port, settings) {
  mkdirSync(state.data, { recursive: true });
  const config = runtimeConfig({
    compatibilityDate: readWranglerConfig(projectRoot).compatibilityDate,
    modulePaths: moduleFiles(state.build).map((path) => join("build", path)),
    dataFolder: state.data,
    address: `${loopback}:${port}`,
    settingNames: Object.keys(settings),
  });
  replaceFile(state.config, config);
}

/**
 * @param {import("./options.mjs").StateFolder} state
 * @param {Record<string, string>} settings
 * @param {AbortSignal} interruption
 */
async function runUntilInterrupted(state, settings, interruption) {
  const runtime = await startRuntime(state, settings);
  const interrupted = new Promise((resolve) => {
    interruption.addEventListener("abort", resolve);
    if (interruption.aborted) resolve(undefined);
  });
  const died = runtime.ended.then((how) => {
    throw new Refusal(`The runtime ended by itself (${how}).`);
  });
  const manager = {
    url: `http://${loopback}:${runtime.port}`,
    adminKeyPath: state.adminKey,
    setupToken: settings.SETUP_TOKEN,
    interruption,
  };
  try {
    await Promise.race([setUpAndGreet(manager), died]);
    await Promise.race([interrupted, died]);
  } finally {
    await runtime.stop();
  }
}
