import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Fixed secrets of the tests; they protect nothing. */
const bindings = {
  ENCRYPTION_KEY: "aIXqvF3nTzYvC0V0bJwZbq2mS5tK8rP1xN4hW7uD9eA=",
  HMAC_SECRET: "Qk7pLw2xRz8vTn5cYb3mHd6fJs9gKa1eUo4iXt0yZqM=",
  SETUP_TOKEN: "the-setup-token-of-the-tests",
};

export default defineConfig({
  plugins: [
    cloudflareTest({
      main: "./test/support/worker.ts",
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: { bindings },
    }),
  ],
  test: {
    include: ["test/api/**/*.test.ts", "test/infrastructure/**/*.test.ts", "test/worker/**/*.test.ts"],
    testTimeout: 60_000,
  },
});
