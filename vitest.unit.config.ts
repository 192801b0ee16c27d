import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/core/**/*.test.ts", "test/crypto/**/*.test.ts", "test/architecture/**/*.test.ts"],
    testTimeout: 30_000,
  },
});
