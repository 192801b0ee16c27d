import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/**
 * Asks on the terminal and shows nothing of what is typed.
 * @param {string} question
 * @returns {Promise<string>}
 */
export async function askHidden(question) {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silence, terminal: true });
  const abandoned = new Promise((_, fail) => terminal.once("close", () => fail(new Error("Nothing was deployed."))));
  abandoned.catch(() => {});
  process.stdout.write(question);
  try {
    return (await Promise.race([terminal.question(""), /** @type {Promise<never>} */ (abandoned)])).trim();
  } finally {
    process.stdout.write("\n");
    terminal.close();
  }
}
