import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../project.mjs";
import { bundleWorker, moduleFiles } from "./bundle.mjs";
import { replaceFile } from "./durable-files.mjs";
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
 * @param {import("./options.mjs").Options} options
 * @param {AbortSignal} interruption
 * @param {import("./example.mjs").Example} [example] to run beside it
 */
export async function launch({ port, state }, interruption, example) {
  process.umask(0o077);
  mkdirSync(state.path, { recursive: true });
  const hold = holdStore(state);
  try {
    await stopOrphan(state.runtime);
    await refuseBusyPort(port, example ? "PORT=8790 npm run example" : "PORT=8788 npm start");
    if (example) await refuseBusyPort(example.port, "EXAMPLE_PORT=8790 npm run example");
    const secrets = ensureSecrets(projectRoot, state.data);
    if (secrets.made) console.log("Made .dev.vars with fresh secrets. Keep a copy: without them the store is lost.");

    const settings = readSettings(projectRoot);
    await bundleWorker(state.build, interruption);
    writeConfig(state, port, settings, example ? [await example.bundle(interruption)] : []);
    interruption.throwIfAborted();
    await runUntilInterrupted(state, settings, interruption, example);
  } finally {
    hold.release();
  }
}

/**
 * @param {import("./options.mjs").StateFolder} state
 * @param {number} port
 * @param {Record<string, string>} settings
 * @param {import("./runtime-config.mjs").Sibling[]} [siblings]
 */
export function writeConfig(state, port, settings, siblings) {
  mkdirSync(state.data, { recursive: true });
  const config = runtimeConfig({
    compatibilityDate: readWranglerConfig(projectRoot).compatibilityDate,
    modulePaths: moduleFiles(state.build).map((path) => join("build", path)),
    dataFolder: state.data,
    address: `${loopback}:${port}`,
    settingNames: Object.keys(settings),
    siblings,
  });
  replaceFile(state.config, config);
}

/**
 * @param {import("./options.mjs").StateFolder} state
 * @param {Record<string, string>} settings
 * @param {AbortSignal} interruption
 * @param {import("./example.mjs").Example} [example]
 */
async function runUntilInterrupted(state, settings, interruption, example) {
  const { ports, ended, stop } = await startRuntime(state, settings, example && [example.name]);
  const interrupted = new Promise((resolve) => {
    interruption.addEventListener("abort", resolve);
    if (interruption.aborted) resolve(undefined);
  });
  const died = ended.then((how) => {
    throw new Refusal(`The runtime ended by itself (${how}).`);
  });
  const manager = {
    url: `http://${loopback}:${ports.latchkey}`,
    adminKeyPath: state.adminKey,
    setupToken: settings.SETUP_TOKEN,
    interruption,
  };
  try {
    await Promise.race([setUpAndGreet(manager), died]);
    example?.greet(ports[example.name]);
    console.log("Press Ctrl-C to stop.");
    await Promise.race([interrupted, died]);
  } finally {
    await stop();
  }
}
