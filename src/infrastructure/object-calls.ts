import { AsyncLocalStorage } from "node:async_hooks";

const counter = new AsyncLocalStorage<{ calls: number }>();

/** Counts the calls to objects that are made while this runs. */
export const countingObjectCalls = <Result>(run: () => Result): Result => counter.run({ calls: 0 }, run);

export const noteObjectCall = (): void => {
  const counted = counter.getStore();
  if (counted) counted.calls += 1;
};

/** So far, in the request this is asked in. */
export const objectCalls = (): number => counter.getStore()?.calls ?? 0;
