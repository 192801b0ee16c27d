import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const projectRoot = join(import.meta.dirname, "../..");

const tests = {
  "one.test.ts": `
    import { expect, it } from "${projectRoot}/node_modules/vitest/dist/index.js";
    it("holds", () => expect(1).toBe(1));
    it("is told apart", () => expect("this").toBe("that"));
  `,
  "two.test.ts": "throw new Error('it does not begin');",
};

const runOf = (vitestConfig: string) => `
  import { runPart } from "${projectRoot}/scripts/test/run-part.mjs";
  import { summarize } from "${projectRoot}/scripts/test/summary.mjs";
  const ofVitest = await runPart({ name: "fails", budgetSeconds: 60, vitestConfig: ${JSON.stringify(vitestConfig)} });
  const ofCommands = await runPart({ name: "tools", budgetSeconds: 60, commands: ["node --version", "node none.mjs"] });
  const { text, failed } = summarize([ofVitest, ofCommands]);
  console.log("== the end ==" + text + " of which " + failed);
`;

it("a run ends with the names and reasons of what failed, and counts it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-report-"));
  try {
    for (const [name, text] of Object.entries(tests)) await writeFile(join(folder, name), text);
    const vitestConfig = join(folder, "vitest.config.mjs");
    await writeFile(vitestConfig, `export default { root: ${JSON.stringify(folder)} };`);
    const code = ["--input-type=module", "--eval", runOf(vitestConfig)];
    const { stdout } = await promisify(execFile)(process.execPath, code, { cwd: projectRoot });
    const [, end = ""] = stdout.split("== the end ==");
    const one = `FAILED in fails: ${join(folder, "one.test.ts")} > is told apart`;
    expect(end).toContain(`${one}\n    AssertionError: expected 'this' to be 'that'`);
    expect(end).toContain(`FAILED in fails: ${join(folder, "two.test.ts")}\n    it does not begin`);
    expect(end).toContain("FAILED in tools: node none.mjs\n");
    expect(end.trimEnd().split("\n").at(-1)).toBe("2 passed, 3 failed of which 3");
  } finally {
    await rm(folder, { recursive: true });
  }
});
