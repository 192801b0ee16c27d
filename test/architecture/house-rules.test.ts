import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

const sources = async (pattern: string): Promise<{ readonly file: string; readonly text: string }[]> => {
  const files: string[] = [];
  for await (const file of glob(pattern, { cwd: root })) files.push(file);
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(join(root, file), "utf8") })));
};

const clockOrChance = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\b/;
const privateByKeyword = /^\s*(?:private|protected)\s/m;

describe("core", () => {
  it("reads no clock and draws no chance: both are ports", async () => {
    const files = await sources("src/core/**/*.ts");
    expect(files.length).toBeGreaterThan(25);
    expect(files.filter(({ text }) => clockOrChance.test(text)).map(({ file }) => file)).toEqual([]);
    expect(clockOrChance.test("const now = Date.now();")).toBe(true);
  });

  it("names every use case once: the file, the command and the line of the catalogue", async () => {
    const catalogue = await readFile(join(root, "src/core/use-cases.ts"), "utf8");
    const files = await sources("src/core/use-cases/*.ts");
    for (const { file, text } of files) {
      const name = file.replace(/^.*\/([^/]+)\.ts$/, "$1");
      expect(text).toContain(`readonly type: "${name}"`);
      expect(catalogue).toContain(`"${name}":`);
    }
  });
});

describe("classes reachable by RPC", () => {
  it("hide with #, because the private keyword is no fence there", async () => {
    const files = await sources("src/**/*.ts");
    expect(files.filter(({ text }) => privateByKeyword.test(text)).map(({ file }) => file)).toEqual([]);
  });
});

describe("dependencies", () => {
  it("are pinned exactly", async () => {
    const { dependencies, devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    for (const version of Object.values({ ...dependencies, ...devDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  it("keep itty-router at 5.0.24: what the registry calls 6.0.0 is older code", async () => {
    const installed = JSON.parse(await readFile(join(root, "node_modules/itty-router/package.json"), "utf8"));
    expect(installed.version).toBe("5.0.24");
  });

  it("bring one workerd, the same for tests and for serving", async () => {
    const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
    const runtimes = Object.keys(lock.packages).filter((path) => path.endsWith("node_modules/workerd"));
    expect(runtimes).toEqual(["node_modules/workerd"]);
  });
});
