import { defineConfig } from "vitest/config";

/** Real `npm start` runs: plain Node, two files at a time, with time for real processes on a machine that is busy. */
export default defineConfig({
  test: {
    include: ["test/process/**/*.test.ts"],
    globalSetup: "test/process/support/worker-bundle.ts",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
