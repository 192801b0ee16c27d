import { type Refusal, refuse } from "../../core/result.ts";
import type { SettingProblem } from "../../core/setting-problem.ts";
import type { Unready } from "../../core/use-cases.ts";

/** Stands in no detail that an object refuses with. */
const between = "; ";

export const problemsRefusal = (problems: readonly SettingProblem[]): Refusal<Unready> =>
  refuse({
    code: "not_configured",
    detail: problems.map(({ detail }) => detail).join(between),
    settings: problems.map(({ name }) => name),
  });

/** What an object refuses for, as the problems it was made of; what was not made of several stays one. */
export const problemsOfRefusal = ({
  settings,
  detail,
}: Extract<Unready, { readonly code: "not_configured" }>): SettingProblem[] => {
  const details = detail.split(between);
  const [first = "secrets"] = settings;
  if (details.length !== settings.length) return [{ name: first, detail }];
  return settings.map((name, at) => ({ name, detail: details[at] ?? detail }));
};
