/** npm start: runs the manager on this machine. */
import { ensureInstalled } from "./install.mjs";
import { onStarterGone } from "./starter.mjs";

await ensureInstalled();
const { launch } = await import("./start/launch.mjs");
const { Refusal } = await import("./start/refusal.mjs");

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interruption.abort());
onStarterGone(() => interruption.abort());

try {
  await launch(process.env, interruption.signal);
} catch (error) {
  if (!interruption.signal.aborted) {
    console.error(error instanceof Refusal ? `\n${error.message}` : error);
    process.exit(1);
  }
}
console.log("Stopped.");
process.exit(0);
