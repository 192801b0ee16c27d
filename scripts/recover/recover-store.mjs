import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../project.mjs";
import { bundleWorker } from "../start/bundle.mjs";
import { writeConfig } from "../start/launch.mjs";
import { readOptions } from "../start/options.mjs";
import { loopback } from "../start/port.mjs";
import { Refusal } from "../start/refusal.mjs";
import { startRuntime } from "../start/runtime.mjs";
import { stopOrphan } from "../start/runtime-record.mjs";
import { readSettings } from "../start/settings.mjs";
import { holdStore } from "../start/store-lock.mjs";
import { askForOwner, keepKey, ownerOf, tellOwner } from "./ask-for-owner.mjs";

const howToSetUp = "run `npm start`, which makes the first one.";

/**
 * Makes another owner in the store on this machine and keeps its key. The token for it lives in this process and in
 * the runtime that it starts, and nowhere else.
 * @param {NodeJS.ProcessEnv} environment
 * @param {AbortSignal} interruption
 */
export async function recoverStore(environment, interruption) {
  const { state } = readOptions({ ...environment, PORT: "0" });
  refuseWithoutStore(state);
  const hold = holdStopped(state);
  try {
    await stopOrphan(state.runtime);
    const token = randomBytes(32).toString("hex");
    const settings = { ...readSettings(projectRoot), RECOVERY_TOKEN: token };
    await bundleWorker(state.build, interruption);
    writeConfig(state, 0, settings);
    interruption.throwIfAborted();
    tellOwner(await recoverWithRuntime(state, settings, token, interruption), state.adminKey);
    console.log("Start the manager again: npm start");
  } finally {
    hold.release();
  }
}

/** @param {import("../start/options.mjs").StateFolder} state */
function refuseWithoutStore(state) {
  if (!existsSync(state.data))
    throw new Refusal(`There is no store in ${state.path}, so there is no owner to recover: ${howToSetUp}`);
  const secrets = join(projectRoot, ".dev.vars");
  if (!existsSync(secrets))
    throw new Refusal(`${secrets} is missing, and only its secrets open ${state.path}: put it back from your copy.`);
}

/** @param {import("../start/options.mjs").StateFolder} state */
function holdStopped(state) {
  try {
    return holdStore(state);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(
      `Latchkey runs on ${state.path}. Stop it first, with Ctrl-C where it was started, then try again.`,
    );
  }
}

/**
 * From the question to the key's file nothing interrupts.
 * @param {import("../start/options.mjs").StateFolder} state
 * @param {Record<string, string>} settings
 * @param {string} token
 * @param {AbortSignal} interruption
 */
async function recoverWithRuntime(state, settings, token, interruption) {
  const runtime = await startRuntime(state, settings);
  try {
    interruption.throwIfAborted();
    const died = runtime.ended.then((how) => {
      throw new Refusal(`The runtime ended by itself (${how}).`);
    });
    const url = `http://${loopback}:${runtime.ports.latchkey}`;
    const owner = ownerOf(await Promise.race([askForOwner(url, token), died]), howToSetUp);
    keepKey(owner, state.adminKey);
    return owner;
  } finally {
    await runtime.stop();
  }
}
