import type { Bindings } from "../../src/infrastructure/bindings.ts";

/** What a test may change about the world its objects live in. Objects take it up when they are next started. */
interface TestWorld {
  /** Milliseconds the machine's clock is ahead of the true time. */
  clockOffsetMs: number;
  /** Where the machine's clock stands still; null lets it go. */
  fixedTime: number | null;
  examinedRowsMax: number;
  renewedRowsMax: number;
  /** Settings that differ from those of the test configuration. */
  settings: Partial<Omit<Bindings, "KEY_MANAGER">>;
  /** What the RPC entrypoints find in their environment; null leaves them the true one. */
  bindings: Bindings | null;
}

const ordinary = (): TestWorld => ({
  clockOffsetMs: 0,
  fixedTime: null,
  examinedRowsMax: 5000,
  renewedRowsMax: 50,
  settings: {},
  bindings: null,
});

export const testWorld: TestWorld = ordinary();

export const restoreWorld = (): void => {
  Object.assign(testWorld, ordinary());
};
