/** npm run recover: makes another owner, where every owner's key is lost. `-- --url URL` does it for a deployed Worker. */
import { parseArgs } from "node:util";
import { ensureInstalled } from "./install.mjs";
import { onStarterGone } from "./starter.mjs";

await ensureInstalled();
const { recoverDeployment } = await import("./recover/recover-deployment.mjs");
const { recoverStore } = await import("./recover/recover-store.mjs");
const { Refusal } = await import("./start/refusal.mjs");

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interruption.abort());
onStarterGone(() => interruption.abort());
// Nobody may read any more: that must not end this process while it has something to take back.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

process.umask(0o077);
try {
  const { url, out } = readWords();
  if (url === undefined) await recoverStore(process.env, interruption.signal);
  else await recoverDeployment(url, out ?? "recovered-admin-key", interruption.signal);
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = 1;
}
process.exit();

/** @returns {{ url: string | undefined, out: string | undefined }} */
function readWords() {
  const { url, out } = parseWords();
  if (out !== undefined && url === undefined)
    throw new Refusal("--out goes with --url: the key of a local store is kept in its STATE_DIR.");
  return { url, out };
}

function parseWords() {
  try {
    return parseArgs({ options: { url: { type: "string" }, out: { type: "string" } } }).values;
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Ctrl-C also ends what this script has started, which then fails in its own words.
 * @param {unknown} error
 */
function reasonOf(error) {
  if (error instanceof Refusal) return error.message;
  return interruption.signal.aborted ? "Stopped. No key was kept." : error;
}
