export { type InMemoryKeys, inMemoryKeys, type TestValidator } from "./testing/in-memory-keys.ts";
export type { IssuerProps } from "./testing/issue.ts";
export type { ValidatorProps } from "./testing/validate.ts";
