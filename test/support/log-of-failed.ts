import { beforeEach } from "vitest";

let lines: unknown[][] = [];
const { console } = globalThis;
const write = console.log;

/** Sending each line to Node as it comes takes a tenth of the time of the tests; only those of a test that failed are read. */
console.log = (...line) => {
  lines.push(line);
};

export const keepLogOfFailed = (): void =>
  beforeEach(({ onTestFailed }) => {
    lines = [];
    onTestFailed(() => {
      for (const line of lines) write(...line);
    });
  });
