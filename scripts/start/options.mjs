import { join, resolve } from "node:path";
import { projectRoot } from "../project.mjs";
import { Refusal } from "./refusal.mjs";

/**
 * @typedef {object} StateFolder
 * @property {string} path
 * @property {string} data what the Durable Objects store
 * @property {string} build the bundled Worker
 * @property {string} example the bundled Worker of the example
 * @property {string} config what workerd is started with
 * @property {string} lock held while a launcher lives
 * @property {string} runtime who the running workerd is
 * @property {string} adminKey the first admin key
 */

/** @typedef {{ port: number, state: StateFolder }} Options */

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Options}
 */
export function readOptions(environment) {
  return { port: readPort("PORT", environment.PORT, 8787), state: stateFolder(environment.STATE_DIR) };
}

/**
 * @param {string} name
 * @param {string | undefined} text
 * @param {number} usual
 */
export function readPort(name, text, usual) {
  const port = text ? Number(text) : usual;
  if (/^[0-9]+$/.test(text || "0") && port <= 65535) return port;
  throw new Refusal(`${name} is "${text || port}"; it must be a number from 0 (any free port) to 65535.`);
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
    example: join(path, "example"),
    config: join(path, "config.capnp"),
    lock: join(path, "launcher.lock"),
    runtime: join(path, "runtime.json"),
    adminKey: join(path, "admin-key"),
  };
}
