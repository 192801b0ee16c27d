import { join, resolve } from "node:path";
import { projectRoot } from "../project.mjs";
import { Refusal } from "./refusal.mjs";

/**
 * @typedef {object} StateFolder
 * @property {string} path
 * @property {string} data what the Durable Objects store
 * @property {string} build the bundled Worker
 * @property {string} config what workerd is started with
 * @property {string} lock held while a launcher lives
 * @property {string} runtime who the running workerd is
 * @property {string} adminKey the first admin key
 */

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {{ port: number, state: StateFolder }}
 */
export function readOptions(environment) {
  return { port: readPort(environment.PORT), state: stateFolder(environment.STATE_DIR) };
}

/** @param {string | undefined} text */
function readPort(text) {
  const port = text ? Number(text) : 8787;
  if (/^[0-9]+$/.test(text || "0") && port <= 65535) return port;
  throw new Refusal(`PORT is "${text}"; it must be a number from 0 (any free port) to 65535.`);
}

/**
 * @param {string | undefined} given
 * @returns {StateFolder}
 */
function stateFolder(given) {
  const path = resolve(projectRoot, given || ".latchkey");
  return {
    path,
    data: join(path, "data"),
    build: join(path, "build"),
    config: join(path, "config.capnp"),
    lock: join(path, "launcher.lock"),
    runtime: join(path, "runtime.json"),
    adminKey: join(path, "admin-key"),
  };
}
