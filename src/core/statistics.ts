import { type KeyFigures, sumFigures } from "./api-key/standing.ts";
import { type RecentValidations, sumRecent } from "./validation-counts.ts";

export interface Statistics extends KeyFigures {
  readonly validations: RecentValidations;
  /** False where there was more than may be looked at in one go: then every figure is of a part. */
  readonly complete: boolean;
}

export const sumStatistics = (parts: readonly Statistics[]): Statistics => ({
  ...sumFigures(parts),
  validations: sumRecent(parts.map(({ validations }) => validations)),
  complete: parts.every(({ complete }) => complete),
});
