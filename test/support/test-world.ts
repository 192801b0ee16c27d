import type { Bindings } from "../../src/infrastructure/bindings.ts";

export type Settings = Partial<Omit<Bindings, "KEY_MANAGER">>;

/** What a test may change about the world its objects live in. Objects take it up when they are next started. */
interface TestWorld {
  /** Milliseconds the machine's clock is ahead of the true time. */
  clockOffsetMs: number;
  /** Where the machine's clock stands still; null lets it go. */
  fixedTime: number | null;
  examinedRowsMax: number;
  renewedRowsMax: number;
  /** An alarm that rings while this is false wakes nobody, and rings again later. */
  hasAlarms: boolean;
  /** Settings that differ from those of the test configuration. */
  settings: Settings;
  /** Objects that are of another deployment than the others. */
  settingsOf: Readonly<Record<string, Settings>>;
  /** What the RPC entrypoints find in their environment; null leaves them the true one. */
  bindings: Bindings | null;
}

const ordinary = (): TestWorld => ({
  clockOffsetMs: 0,
  fixedTime: null,
  examinedRowsMax: 5000,
  renewedRowsMax: 25,
  hasAlarms: true,
  settings: {},
  settingsOf: {},
  bindings: null,
});

export const testWorld: TestWorld = ordinary();

export const restoreWorld = (): void => {
  Object.assign(testWorld, ordinary());
};
