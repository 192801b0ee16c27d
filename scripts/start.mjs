/** npm start: runs the manager on this machine. npm run example (--example): also a Worker that it protects. */
import { ensureInstalled } from "./install.mjs";
import { onStarterGone } from "./starter.mjs";

await ensureInstalled();
const { launch } = await import("./start/launch.mjs");
const { readOptions } = await import("./start/options.mjs");
const { Refusal } = await import("./start/refusal.mjs");

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interruption.abort());
onStarterGone(() => interruption.abort());

try {
  const options = readOptions(process.env);
  const example = process.argv.includes("--example") ? await readExample(options) : undefined;
  await launch(options, interruption.signal, example);
} catch (error) {
  if (!interruption.signal.aborted) {
    console.error(error instanceof Refusal ? `\n${error.message}` : error);
    process.exit(1);
  }
}
console.log("Stopped.");
process.exit(0);

/**
 * Loaded only where it is wanted: reading its configuration takes wrangler, which takes a second.
 * @param {import("./start/options.mjs").Options} options
 */
async function readExample(options) {
  const example = await import("./start/example.mjs");
  return example.readExample(process.env, options);
}
