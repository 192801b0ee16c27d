import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

interface Outcome {
  readonly succeeded: boolean;
  readonly output: string;
}

let copy = "";

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "latchkey-layers-"));
  for (const part of ["src", "package.json", ".dependency-cruiser.cjs", "tsconfig.json", "tsconfig.base.json"]) {
    await cp(join(root, part), join(copy, part), { recursive: true });
  }
  await cp(join(root, "tsconfig.core.json"), join(copy, "tsconfig.core.json"));
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
});

afterAll(() => rm(copy, { recursive: true, force: true }));

const tool = async (name: string, ...options: string[]): Promise<Outcome> => {
  const binary = join(root, "node_modules/.bin", name);
  try {
    const { stdout } = await run(binary, options, { cwd: copy });
    return { succeeded: true, output: stdout };
  } catch (error) {
    const { stdout = "" } = error as { readonly stdout?: string };
    return { succeeded: false, output: stdout };
  }
};

const cruise = () => tool("depcruise", "--config", ".dependency-cruiser.cjs", "src");
const compileCore = () => tool("tsc", "-p", "tsconfig.core.json");

const planted = async (file: string, text: string, check: () => Promise<Outcome>): Promise<Outcome> => {
  await writeFile(join(copy, file), text);
  try {
    return await check();
  } finally {
    await rm(join(copy, file));
  }
};

describe("the layers", () => {
  it("hold as the tree stands, and the check saw the tree", async () => {
    const { succeeded, output } = await cruise();
    expect(succeeded).toBe(true);
    expect(Number(/\((\d+) modules/.exec(output)?.[1])).toBeGreaterThan(60);
  });

  it.each([
    ["core-imports-only-core", "src/core/planted.ts", 'export { handleRequest } from "../api/router.ts";\n'],
    [
      "core-imports-only-core",
      "src/core/planted.ts",
      'import { nanoid } from "nanoid";\nexport const id = nanoid();\n',
    ],
    [
      "core-imports-only-core",
      "src/core/planted.ts",
      'import type { Bindings } from "../infrastructure/bindings.ts";\nexport type Planted = Bindings;\n',
    ],
    [
      "api-stays-off-infrastructure",
      "src/api/planted.ts",
      'export { seal } from "../infrastructure/crypto/envelope.ts";\n',
    ],
    ["infrastructure-stays-off-api", "src/infrastructure/planted.ts", 'export { json } from "../api/responses.ts";\n'],
    ["use-cases-stand-alone", "src/core/use-cases/planted.ts", 'export { getKey } from "./get-key.ts";\n'],
    ["no-orphans", "src/core/planted.ts", "export const alone = 1;\n"],
  ])("report %s for an import planted in %s", async (rule, file, text) => {
    const { succeeded, output } = await planted(file, text, cruise);
    expect(succeeded).toBe(false);
    expect(output).toContain(rule);
    expect(output).toContain(file);
  });

  it.each([
    ["the DOM", "export const here = () => document.title;\n"],
    ["Workers types", "export type Storage = DurableObjectState;\n"],
    ["WebCrypto", "export const random = () => crypto.randomUUID();\n"],
    ["the console", 'export const say = () => console.log("said");\n'],
    ["Node", "export const where = () => process.cwd();\n"],
    ["timers", "export const later = () => setTimeout(() => undefined, 1);\n"],
  ])("keep %s out of core: it does not compile there", async (_what, text) => {
    const { succeeded, output } = await planted("src/core/planted.ts", text, compileCore);
    expect(succeeded).toBe(false);
    expect(output).toContain("src/core/planted.ts");
  });
});
