/**
 * @param {Awaited<ReturnType<typeof import("./run-part.mjs").runPart>>[]} results
 * @returns {{ text: string, failed: number }} what failed and why, a table, and as its last line the totals alone
 */
export function summarize(results) {
  const titles = ["part", "seconds", "budget", "passed", "failed", "skipped"];
  const rows = results.map(({ name, seconds, budgetSeconds, passed, failed, skipped }) => [
    name,
    seconds.toFixed(1) + (seconds > budgetSeconds ? " (over)" : ""),
    ...[budgetSeconds, passed, failed, skipped].map(String),
  ]);
  const widths = titles.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column])].map((cell) => cell.length)),
  );
  const lines = [titles, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );

  const total = (/** @type {"passed" | "failed" | "skipped"} */ kind) =>
    results.reduce((sum, result) => sum + result[kind], 0);
  const skipped = total("skipped") > 0 ? `, ${total("skipped")} skipped` : "";
  const totals = `${total("passed")} passed, ${total("failed")} failed${skipped}`;
  const failures = results.flatMap(({ name, failures }) => failures.map((text) => `\nFAILED in ${name}: ${text}`));
  return { text: [...failures, "", ...lines, "", totals].join("\n"), failed: total("failed") };
}
