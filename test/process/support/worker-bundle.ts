import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bundleWorker } from "../../../scripts/start/bundle.mjs";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the Worker's bundle; nobody writes there. */
    readonly workerBundle: string;
  }
}

/** Bundles the Worker once, for all tests that do not ask how it is bundled. */
export async function setup({ provide }: TestProject): Promise<() => void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "latchkey-bundle-")));
  const bundle = join(folder, "build");
  await bundleWorker(bundle);
  provide("workerBundle", bundle);
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
