import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cleanEnvironment } from "./support/clean-environment.ts";

/** What looks at packages. They live in a folder of their own: the project does not depend on them. */
const tools = ["publint@0.3.25", "@arethetypeswrong/cli@0.18.5", "typescript@5.9.3"];

/** What the README speaks of beside the package. */
const neighbours = [
  "hono@4.13.19",
  "itty-router@5.0.24",
  "@cloudflare/workers-types@5.20261026.1",
  "@types/node@24.10.1",
];

const client = join(import.meta.dirname, "../../client");
const folder = mkdtempSync(join(tmpdir(), "latchkey-package-"));
const run = promisify(execFile);

/** How this machine reaches the registry. */
const waysOut = /^(npm_config_(registry|cache|.*proxy|cafile)|NODE_EXTRA_CA_CERTS)$/i;

const environment = {
  ...cleanEnvironment(),
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => waysOut.test(name))),
  // The Node that runs this test, which is the pinned one.
  PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
};

const options = { cwd: folder, env: environment };
const installPatienceMs = 110_000;
const tool = (name: string, ...words: string[]) => run(join(folder, "node_modules", ".bin", name), words, options);

/** Everything a tool said, also when it failed. */
const outputOf = async (running: Promise<{ stdout: string; stderr: string }>): Promise<string> => {
  const { stdout, stderr } = await running.catch((failed: { stdout: string; stderr: string }) => failed);
  return stdout + stderr;
};

let archive = "";
let packed: { readonly path: string }[] = [];

beforeAll(async () => {
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { ...options, cwd: client });
  const [pack] = JSON.parse(stdout.slice(stdout.indexOf("[\n")));
  archive = join(folder, pack.filename);
  packed = pack.files;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  const words = ["install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  await run("npm", [...words, archive, ...tools, ...neighbours], { ...options, timeout: installPatienceMs }).catch(
    (failed: { readonly stderr: string }) => {
      throw new Error(`the tools could not be had from the npm registry, so nothing is known:\n${failed.stderr}`);
    },
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the package holds what was built, its README and its licence, and nothing else", () => {
  const others = packed.map(({ path }) => path).filter((path) => !/^dist\/[a-z/-]+\.(d\.ts|js)$/.test(path));

  expect(others.toSorted()).toEqual(["LICENSE", "README.md", "package.json"]);
  expect(packed.length).toBeGreaterThan(20);
});

test("publint finds nothing in it", async () => {
  const output = await outputOf(tool("publint", archive, "--strict"));

  expect(output).toContain("All good!");
});

test("its types are right for everybody who imports ES modules", async () => {
  const { stdout } = await tool(
    "attw",
    archive,
    "--profile",
    "esm-only",
    "--no-emoji",
    "--no-color",
    "--format",
    "ascii",
  );

  expect(stdout.match(/OK \(ESM\)/g)?.length).toBeGreaterThanOrEqual(2);
});

const use = `
import { createLatchkey, guard, type KeyValidatorBinding, LatchkeyProblem } from "latchkey/client";
import { inMemoryKeys } from "latchkey/testing";

interface Env { readonly KEYS: KeyValidatorBinding }
const fetch = guard({ keys: (env: Env) => env.KEYS }, (_request, _env, _context, { owner }) => new Response(owner));
const keys = inMemoryKeys();
const { key } = keys.create({ owner: "acct_42" });
const request = new Request("https://orders.example", { headers: { "X-API-Key": key } });
const response = await fetch(request, { KEYS: keys.validator() }, undefined);
const latchkey = createLatchkey({ url: "https://keys.example", adminKey: "k", attemptsMax: 1, fetch: () => Promise.reject(new Error("off")) });
const code: string = await latchkey.keys.get("key_1").then(({ status }) => status, (error) => (error instanceof LatchkeyProblem ? error.code : "?"));
console.log(await response.text(), code);

// @ts-expect-error: an owner is required
export const ownerless = () => latchkey.keys.create({ name: "A" });
`;

/** How such projects find modules. */
const configurations = {
  node: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
};

test.each(Object.entries(configurations))("a project of its own compiles with it: %s", async (name, resolution) => {
  const compilerOptions = { ...resolution, strict: true, target: "es2022", lib: ["es2022", "dom", "dom.iterable"] };
  writeFileSync(join(folder, "use.ts"), use);
  const config = { compilerOptions: { ...compilerOptions, types: [], outDir: "out" }, include: ["use.ts"] };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(config));

  expect(await outputOf(tool("tsc", "--project", `${name}.json`))).toBe("");
  expect((await run(process.execPath, [join(folder, "out/use.js")], options)).stdout).toBe("acct_42 unreachable\n");
});

test("the lines of the READMEs compile, as a Worker", async () => {
  const texts = ["README.md", "../README.md"].map((name) => readFileSync(join(client, name), "utf8"));
  const readme = texts.join("\n");
  const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, block = ""]) => block);
  for (const [place, block] of blocks.entries()) writeFileSync(join(folder, `readme-${place}.ts`), block);
  const compilerOptions = { ...configurations.bundler, strict: true, target: "es2022", lib: ["es2022"], noEmit: true };
  const config = {
    compilerOptions: { ...compilerOptions, types: ["@cloudflare/workers-types", "node"], skipLibCheck: true },
    include: ["readme-*.ts"],
  };
  writeFileSync(join(folder, "readme.json"), JSON.stringify(config));

  expect(blocks.length).toBeGreaterThanOrEqual(6);
  expect(await outputOf(tool("tsc", "--project", "readme.json"))).toBe("");
});
