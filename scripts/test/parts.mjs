/**
 * What npm test runs, in this order.
 * @typedef {object} Part
 * @property {string} name
 * @property {number} budgetSeconds marked in the summary when exceeded
 * @property {string[]} [commands] of the project's own tools; each counts as one test
 * @property {string} [vitestConfig]
 */

/** @type {Part[]} */
export const parts = [
  {
    name: "check",
    budgetSeconds: 60,
    commands: [
      "biome check .",
      "tsc -p client/tsconfig.json",
      "tsc -p tsconfig.core.json",
      "tsc -p tsconfig.json",
      "tsc -p tsconfig.test.json",
      "depcruise --config .dependency-cruiser.cjs src client/src examples",
      "knip",
    ],
  },
  { name: "unit", budgetSeconds: 30, vitestConfig: "vitest.unit.config.ts" },
  { name: "workerd", budgetSeconds: 120, vitestConfig: "vitest.workerd.config.ts" },
  { name: "fuzz", budgetSeconds: 45, vitestConfig: "vitest.fuzz.config.ts" },
  { name: "model", budgetSeconds: 90, vitestConfig: "vitest.model.config.ts" },
  { name: "process", budgetSeconds: 120, vitestConfig: "vitest.process.config.ts" },
];
