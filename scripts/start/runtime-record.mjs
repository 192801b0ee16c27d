/** Who the running workerd is, so that the next launcher finds it if this one dies without stopping it. */
import { readFileSync, rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { replaceFile } from "./durable-files.mjs";
import { processIdentity } from "./process-identity.mjs";
import { Refusal } from "./refusal.mjs";

const politeMilliseconds = 5000;
const patienceMilliseconds = 15000;

/**
 * @param {string} path
 * @param {number} pid of a process that lives
 */
export function recordRuntime(path, pid) {
  const record = { pid, startedAt: processIdentity(pid), launcher: process.pid };
  replaceFile(path, `${JSON.stringify(record)}\n`);
}

/** @param {string} path */
export function forgetRuntime(path) {
  rmSync(path, { force: true });
}

/**
 * Answers only when no workerd of an earlier launcher is left. Call it holding the store's lock.
 * @param {string} path
 */
export async function stopOrphan(path) {
  const record = readRecord(path);
  if (record && isAlive(record)) {
    console.log(`Stopping a runtime that an earlier start left behind (process ${record.pid}) ...`);
    await stopProcess(record);
  }
  forgetRuntime(path);
}

/** @param {{ pid: number, startedAt: string }} record */
async function stopProcess(record) {
  const began = performance.now();
  send(record, "SIGTERM");
  let forced = false;
  while (isAlive(record)) {
    const waited = performance.now() - began;
    if (waited > patienceMilliseconds)
      throw new Refusal(`Process ${record.pid} does not end: it still holds the store.`);
    if (waited > politeMilliseconds && !forced) {
      forced = true;
      send(record, "SIGKILL");
    }
    await pause(20);
  }
}

/**
 * @param {{ pid: number }} record
 * @param {NodeJS.Signals} signal
 */
function send({ pid }, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === "EPERM")
      throw new Refusal(`Process ${pid} holds the store and belongs to another user: stop it first.`);
    if (code !== "ESRCH") throw error;
  }
}

/** @param {{ pid: number, startedAt: string }} record */
function isAlive({ pid, startedAt }) {
  return processIdentity(pid) === startedAt;
}

/**
 * @param {string} path
 * @returns {{ pid: number, startedAt: string } | undefined}
 */
function readRecord(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return undefined;
    throw new Refusal(`${path} is unreadable: make sure that no workerd runs on this store, then delete that file.`);
  }
}
