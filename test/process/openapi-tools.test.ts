import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openApiDocument } from "../../src/api/openapi/document.ts";
import { describedRoutes } from "../../src/api/router.ts";
import { cleanEnvironment } from "./support/clean-environment.ts";

/** What the readers of the document use. They live in a folder of their own: the project does not depend on them. */
const tools = [
  "@redocly/cli@2.77.0",
  "@hey-api/openapi-ts@0.99.0",
  "openapi-typescript@7.13.0",
  // openapi-typescript takes no later one.
  "typescript@5.9.3",
];

const folder = mkdtempSync(join(tmpdir(), "latchkey-openapi-"));
const run = promisify(execFile);

/** How this machine reaches the registry. */
const waysOut = /^(npm_config_(registry|cache|.*proxy|cafile)|NODE_EXTRA_CA_CERTS)$/i;

const environment = {
  ...cleanEnvironment(),
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => waysOut.test(name))),
  // The Node that runs this test, which is the pinned one.
  PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
  REDOCLY_TELEMETRY: "off",
  REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
};

const options = { cwd: folder, env: environment };
const installPatienceMs = 110_000;
const tool = (name: string, ...words: string[]) => run(join(folder, "node_modules", ".bin", name), words, options);

/** Everything a tool said, also when it failed. */
const outputOf = async (running: Promise<{ stdout: string; stderr: string }>): Promise<string> => {
  const { stdout, stderr } = await running.catch((failed: { stdout: string; stderr: string }) => failed);
  return stdout + stderr;
};

const tsconfig = {
  compilerOptions: {
    ...{ strict: true, exactOptionalPropertyTypes: false, noEmit: true, skipLibCheck: true },
    ...{ target: "es2022", module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom", "dom.iterable"] },
  },
  include: ["*.ts", "client"],
};

/** What somebody would write with what the two generators made; it compiles only if the types say enough. */
const use = `
import { createKey, type Key, type Problem, rotateKey, type Verdict, validateKey } from "./client";
import type { components, paths } from "./types";

export const owner = (verdict: Verdict): string => (verdict.valid ? verdict.owner : String(verdict.httpStatus));
export const sameOwner = (verdict: components["schemas"]["Verdict"]): string =>
  verdict.valid ? verdict.owner : verdict.code;

export const make = async (): Promise<string | undefined> => {
  const { data, error } = await createKey({ body: { name: "A", owner: "b", scopes: ["c:d"] }, throwOnError: false });
  const code: Problem["code"] | undefined = error?.code;
  if (code === "exceeds_grantor") return undefined;
  const made: Key | undefined = data;
  return made && data?.key;
};
export const replace = (id: string) =>
  rotateKey({ path: { id }, body: { graceSeconds: 60 }, headers: { "If-Match": '"1"', "Idempotency-Key": "k" } });

type Listed = paths["/v1/keys"]["get"]["responses"][200]["content"]["application/json"];
export const next = ({ items, nextCursor }: Listed): string | null => items[0]?.rotation.successor ?? nextCursor;

// @ts-expect-error: a name is required
export const nameless = () => createKey({ body: { owner: "b" } });
// @ts-expect-error: there is no such member
export const unknown = () => validateKey({ body: { key: "k", colour: "red" } });
`;

beforeAll(async () => {
  writeFileSync(join(folder, "openapi.json"), JSON.stringify(openApiDocument(describedRoutes, "0.0.0")));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  writeFileSync(join(folder, "use.ts"), use);
  const words = ["install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  await run("npm", [...words, ...tools], { ...options, timeout: installPatienceMs }).catch(
    (failed: { readonly stderr: string }) => {
      throw new Error(`the tools could not be had from the npm registry, so nothing is known:\n${failed.stderr}`);
    },
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("Redocly's recommended rules find nothing in the document", async () => {
  const output = await outputOf(tool("redocly", "lint", "openapi.json", "--extends", "recommended"));

  expect(output).toContain("Your API description is valid");
  expect(output).not.toMatch(/\d+ (warning|error)|Warning was generated|Error was generated/i);
});

test("two generators make clients of it that compile, and whose types say enough to work with", async () => {
  await Promise.all([
    tool("openapi-ts", "--input", "openapi.json", "--output", "client", "--no-log-file"),
    tool("openapi-typescript", "openapi.json", "--output", "types.ts"),
  ]);

  expect(await outputOf(tool("tsc", "--project", "tsconfig.json"))).toBe("");
});

test("the rules and the compiler would find a fault", async () => {
  const broken = openApiDocument(describedRoutes, "0.0.0");
  const { get } = broken.paths["/v1/keys/{id}"] as { get: Record<string, unknown> };
  delete get.security;
  get.responses = {
    200: { description: "", content: { "application/json": { example: 1, schema: { type: "string" } } } },
  };
  writeFileSync(join(folder, "broken.json"), JSON.stringify(broken));
  writeFileSync(
    join(folder, "wrong.ts"),
    'import type { Key } from "./client";\nexport const id: number = ({} as Key).id;',
  );

  const linted = await outputOf(tool("redocly", "lint", "broken.json", "--extends", "recommended"));
  const compiled = await outputOf(tool("tsc", "--project", "tsconfig.json"));

  expect(linted).toMatch(/security-defined/);
  expect(linted).toMatch(/no-invalid-media-type-examples/);
  expect(compiled).toContain("wrong.ts");
});
