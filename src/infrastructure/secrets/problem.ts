import { type Refusal, refuse } from "../../core/result.ts";
import type { Unready } from "../../core/use-cases.ts";

/** Something the operator has to mend. It names the setting and never shows its value. */
export interface Problem {
  readonly name: string;
  readonly detail: string;
}

export const problemsRefusal = (problems: readonly Problem[]): Refusal<Unready> =>
  refuse({
    code: "not_configured",
    detail: problems.map(({ detail }) => detail).join("; "),
    settings: problems.map(({ name }) => name),
  });
