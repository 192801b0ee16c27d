import { DatabaseSync } from "node:sqlite";
import { Refusal } from "./refusal.mjs";

/** Long enough for a launcher that is just stopping. */
const patienceMilliseconds = 2000;

/**
 * Holds the store for this process alone. The lock is the operating system's, on an open file, so it ends with the
 * process, also by kill -9. No other code of this process may open that file: closing it would drop the lock.
 * @param {import("./options.mjs").StateFolder} state
 * @returns {{ release(): void }}
 */
export function holdStore(state) {
  const database = new DatabaseSync(state.lock, { timeout: patienceMilliseconds });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new Refusal(
      `Latchkey already runs on ${state.path}, and two processes on one store would corrupt it.\n` +
        "Stop the other one first, or choose another STATE_DIR.",
    );
  }
  return { release: () => database.close() };
}

/** @param {unknown} error */
function isBusy(error) {
  const busy = 5;
  return error instanceof Error && "errcode" in error && error.errcode === busy;
}
