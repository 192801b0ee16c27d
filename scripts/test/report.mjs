import { readFileSync } from "node:fs";

/**
 * @typedef {{ passed: number, failed: number, skipped: number, failures: string[] }} Outcome
 * `failures`: what failed, one text each.
 */

const linesOfAMessage = 12;

/**
 * What vitest's JSON reporter wrote, counted; a file that could not begin or end counts as one that failed. Names and messages of what
 * failed are kept, for a log may be cut everywhere but at its end.
 * @param {string} path absent if vitest could not begin
 * @returns {Outcome}
 */
export function readReport(path) {
  try {
    return countReport(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return { passed: 0, failed: 0, skipped: 0, failures: [] };
  }
}

/**
 * @param {any} report
 * @returns {Outcome}
 */
function countReport({ numPassedTests, numPendingTests, numTodoTests, testResults }) {
  const failures = testResults.flatMap((/** @type {any} */ file) => {
    const tests = file.assertionResults.filter((/** @type {any} */ { status }) => status === "failed");
    const ofTests = tests.map((/** @type {any} */ { fullName, failureMessages }) =>
      failureText(`${file.name} > ${fullName}`, failureMessages.join("\n")),
    );
    return file.message ? [failureText(file.name, file.message), ...ofTests] : ofTests;
  });
  return {
    passed: numPassedTests,
    failed: failures.length,
    skipped: numPendingTests + numTodoTests,
    failures,
  };
}

/**
 * @param {string} what
 * @param {string} message
 */
const failureText = (what, message) => {
  const lines = message.split("\n").slice(0, linesOfAMessage);
  return [what, ...lines.map((line) => `    ${line}`)].join("\n");
};
