import { dayMs } from "./api-key/standing.ts";

/** How a validation of a key can end once its secret has matched. */
const outcomes = ["valid", "tampered", "revoked", "expired", "rotated", "disabled", "insufficient_scope"] as const;

export type Outcome = (typeof outcomes)[number];

export const isOutcome = (code: string): code is Outcome => (outcomes as readonly string[]).includes(code);

/** What did not happen is not there. */
export type OutcomeCounts = { readonly [Name in Outcome]?: number };

export interface HourOfValidations {
  /** The time it began at. */
  readonly hour: number;
  readonly outcomes: OutcomeCounts;
}

export const hourMs = 3_600_000;

export const sumOutcomes = (counts: readonly OutcomeCounts[]): OutcomeCounts => {
  const sumOf = (outcome: Outcome): number => counts.reduce((sum, count) => sum + (count[outcome] ?? 0), 0);
  const sums = outcomes.map((outcome) => [outcome, sumOf(outcome)] as const);
  return Object.fromEntries(sums.filter(([, sum]) => sum > 0));
};

/** By whole hours: the present one, and the 23 or 719 before it. */
export interface RecentValidations {
  readonly last24Hours: OutcomeCounts;
  readonly last30Days: OutcomeCounts;
}

export const recentMs = 30 * dayMs;

export const recentOf = (hours: readonly HourOfValidations[], now: number): RecentValidations => {
  const since = (begin: number) => sumOutcomes(hours.filter(({ hour }) => hour > begin).map((each) => each.outcomes));
  return { last24Hours: since(now - dayMs), last30Days: since(now - recentMs) };
};

export const sumRecent = (parts: readonly RecentValidations[]): RecentValidations => ({
  last24Hours: sumOutcomes(parts.map(({ last24Hours }) => last24Hours)),
  last30Days: sumOutcomes(parts.map(({ last30Days }) => last30Days)),
});
