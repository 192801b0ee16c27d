/** npm test: everything CI runs. `--only check,unit` runs some parts; `--long` runs them at full size. */
import { parseArgs } from "node:util";
import { ensureInstalled } from "./install.mjs";

await ensureInstalled();
const { parts } = await import("./test/parts.mjs");
const { runPart } = await import("./test/run-part.mjs");
const { summarize } = await import("./test/summary.mjs");

const { values } = parseArgs({ options: { only: { type: "string" }, long: { type: "boolean" } } });
if (values.long) {
  process.env.LATCHKEY_LONG = "1";
  process.env.DRILLED_KEYS ??= "10000";
  process.env.FUZZ_RUNS ??= "20000";
  process.env.MODEL_RUNS ??= "3000";
  process.env.STREAMED_EVENTS ??= "1000000";
}
const wanted = values.only?.split(",") ?? parts.map(({ name }) => name);
const unknown = wanted.filter((name) => !parts.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(", ")}. There are: ${parts.map(({ name }) => name).join(", ")}.`);
  process.exit(1);
}

const results = [];
for (const part of parts.filter(({ name }) => wanted.includes(name))) {
  console.log(`\n== ${part.name} ==`);
  results.push(await runPart(part));
}
const { text, failed } = summarize(results);
console.log(text);
process.exit(failed > 0 ? 1 : 0);
