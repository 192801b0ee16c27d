import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/** What a Worker that has this line carries along, minified and gzipped. */
const bytesOf = async (line: string): Promise<number> => {
  const { outputFiles } = await build({
    stdin: { contents: line, resolveDir: root },
    ...{ bundle: true, minify: true, format: "esm", target: "es2022", write: false, legalComments: "none" },
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
};

it("brings at most 6 kB for the guard alone", async () => {
  const bytes = await bytesOf('import { guard } from "latchkey/client"; export { guard };');

  expect(bytes).toBeGreaterThan(500);
  expect(bytes).toBeLessThanOrEqual(6_000);
});

it("leaves out what is not imported", async () => {
  const guardAlone = await bytesOf('import { guard } from "latchkey/client"; export { guard };');
  const both = await bytesOf(
    'import { createLatchkey, guard } from "latchkey/client"; export { createLatchkey, guard };',
  );

  expect(both - guardAlone).toBeGreaterThan(1_000);
});
