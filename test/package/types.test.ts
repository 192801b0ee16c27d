import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

it("has the types of the API as its routes declare them; if not, run `node scripts/client-types.mjs`", () => {
  const fresh = execFileSync(process.execPath, [join(root, "scripts/client-types.mjs"), "--print"], {
    encoding: "utf8",
  });

  expect(fresh).toContain("export interface Key ");
  expect(readFileSync(join(root, "client/src/api-types.ts"), "utf8")).toBe(fresh);
});
