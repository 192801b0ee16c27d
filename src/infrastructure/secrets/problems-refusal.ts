import { type Refusal, refuse } from "../../core/result.ts";
import type { SettingProblem } from "../../core/setting-problem.ts";
import type { Unready } from "../../core/use-cases.ts";

export const problemsRefusal = (problems: readonly SettingProblem[]): Refusal<Unready> =>
  refuse({
    code: "not_configured",
    detail: problems.map(({ detail }) => detail).join("; "),
    settings: problems.map(({ name }) => name),
  });
