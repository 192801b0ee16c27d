import { apiKeysContract } from "../support/api-keys.contract.ts";
import { InMemoryApiKeys } from "../support/in-memory-api-keys.ts";

apiKeysContract("the tests' own map", async (use) => {
  use({ apiKeys: new InMemoryApiKeys(), digestOf: (keyString) => new TextEncoder().encode(keyString) });
});
