import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Fixed secrets of the tests; they protect nothing. */
const bindings = {
  ENCRYPTION_KEY: "aIXqvF3nTzYvC0V0bJwZbq2mS5tK8rP1xN4hW7uD9eA=",
  HMAC_SECRET: "Qk7pLw2xRz8vTn5cYb3mHd6fJs9gKa1eUo4iXt0yZqM=",
  SETUP_TOKEN: "the-setup-token-of-the-tests",
  RECOVERY_TOKEN: "the-recovery-token-of-the-tests-0",
};

/** Settings of the randomised tests, which the tests inside workerd do not see by themselves. */
const passedOn = ["DRILLED_KEYS", "FUZZ_RUNS", "MODEL_RUNS", "MODEL_SEED", "MODEL_STEPS", "STREAMED_EVENTS"].flatMap(
  (name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  },
);

/** A copy apart: beside the original stands the .dev.vars of whoever runs the tests, and with it their secrets would be read. */
const settingsCopy = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-tests-"));
  process.once("exit", () => rmSync(folder, { recursive: true }));
  const path = join(folder, "wrangler.toml");
  copyFileSync(join(import.meta.dirname, "..", "..", "wrangler.toml"), path);
  return path;
};

/** Tests that run inside workerd, beside the Worker. */
export const workerdConfig = (include: string[], exclude: string[] = []) =>
  defineConfig({
    plugins: [
      cloudflareTest({
        main: "./test/support/worker.ts",
        wrangler: { configPath: settingsCopy() },
        miniflare: { bindings },
      }),
    ],
    test: {
      include,
      exclude,
      globalSetup: ["./test/support/build-client.ts"],
      testTimeout: 60_000,
      hookTimeout: 60_000,
      env: Object.fromEntries(passedOn),
      silent: "passed-only",
      maxWorkers: 2,
      isolate: false,
      setupFiles: ["./test/support/fresh-store.ts"],
    },
  });
