import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { Refusal } from "./refusal.mjs";
import { forgetRuntime, recordRuntime } from "./runtime-record.mjs";

const politeMilliseconds = 5000;

/**
 * The shell waits for a word before it becomes workerd, with the same process number. Without the word, because the
 * launcher died before it recorded that number, workerd never runs. Ctrl-C reaches the whole process group: only the
 * launcher minds it, and stops workerd in an orderly way.
 */
const becomeRuntimeWhenTold = 'trap "" INT HUP; read -r word || exit 1; exec "$0" "$@"';

/**
 * @typedef {object} Runtime
 * @property {Record<string, number>} ports where each Worker listens, by its name
 * @property {Promise<string>} ended tells how, once it is gone
 * @property {() => Promise<void>} stop answers when it is gone
 */

/**
 * Starts workerd in this process's group; at most one per store, see holdStore and stopOrphan.
 * @param {import("./options.mjs").StateFolder} state
 * @param {Record<string, string>} settings become its whole environment
 * @param {string[]} [siblings] Workers beside the manager that listen too
 * @returns {Promise<Runtime>} once all of them listen
 */
export async function startRuntime(state, settings, siblings = []) {
  const command = [runtimeBinary(), "serve", "--control-fd=3", state.config];
  const child = spawn("/bin/sh", ["-c", becomeRuntimeWhenTold, ...command], {
    cwd: state.path,
    env: settings,
    stdio: ["pipe", "inherit", "inherit", "pipe"],
  });
  const ended = endOf(child);
  const stop = async () => {
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), politeMilliseconds);
    await ended;
    clearTimeout(force);
    forgetRuntime(state.runtime);
  };

  try {
    if (child.pid) recordRuntime(state.runtime, child.pid);
    giveWord(child.stdin);
    const refused = ended.then((how) => {
      throw new Refusal(`The runtime could not be started (${how}), see above.`);
    });
    const ports = await Promise.race([listeningPorts(child.stdio[3], ["latchkey", ...siblings]), refused]);
    return { ports, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * A shell that is gone already cannot take it; then `ended` tells.
 * @param {import("node:stream").Writable | null} input
 */
function giveWord(input) {
  input?.on("error", () => {});
  input?.end("go\n");
}

/** The binary itself, not its wrapper in node_modules/.bin: its process number must be the runtime's own. */
function runtimeBinary() {
  const requireFromProject = createRequire(import.meta.url);
  const requireFromWrangler = createRequire(requireFromProject.resolve("wrangler/package.json"));
  return /** @type {{ default: string }} */ (requireFromWrangler("workerd")).default;
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<string>}
 */
function endOf(child) {
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

/**
 * workerd tells on its control channel when a socket listens, one JSON object per line.
 * @param {import("node:stream").Stream | null | undefined} control
 * @param {string[]} sockets
 * @returns {Promise<Record<string, number>>}
 */
function listeningPorts(control, sockets) {
  const lines = createInterface({ input: /** @type {import("node:stream").Readable} */ (control) });
  /** @type {Record<string, number>} */
  const ports = {};
  return new Promise((resolve) => {
    lines.on("line", (line) => {
      const { event, socket, port } = JSON.parse(line);
      if (event === "listen") ports[socket] = port;
      if (sockets.every((name) => name in ports)) resolve(ports);
    });
  });
}
