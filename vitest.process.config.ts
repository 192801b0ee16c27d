import { defineConfig } from "vitest/config";

/** Real `npm start` runs: plain Node, one file after the other, with time for real processes. */
export default defineConfig({
  test: {
    include: ["test/process/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 45_000,
    hookTimeout: 60_000,
  },
});
