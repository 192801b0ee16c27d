import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["./test/support/build-client.ts"],
    include: [
      "test/package/**/*.test.ts",
      "test/core/**/*.test.ts",
      "test/crypto/**/*.test.ts",
      "test/architecture/**/*.test.ts",
    ],
    testTimeout: 30_000,
  },
});
