import type { SettingProblem } from "../../core/setting-problem.ts";

const daysMax = 3650;
export const usageRetentionDaysDefault = 90;

/** For how many days something is kept (what is given as the default, null meaning for good), or what is wrong with the setting. */
export const readRetentionDays = <Default extends number | null>(
  name: string,
  text: string | undefined,
  daysDefault: Default,
): number | Default | SettingProblem => {
  if (text === undefined || text.trim() === "") return daysDefault;
  const days = Number(text);
  if (/^[0-9]{1,4}$/.test(text.trim()) && days >= 1 && days <= daysMax) return days;
  return { name, detail: `${name} must be a whole number of days from 1 to ${daysMax}` };
};

export const auditRetentionDaysDefault = 400;
