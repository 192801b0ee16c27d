import type { SettingProblem } from "../../core/setting-problem.ts";

const daysMax = 3650;

/** For how many days something is kept; null where it is kept for good, or what is wrong with the setting. */
export const readRetentionDays = (name: string, text: string | undefined): number | null | SettingProblem => {
  if (text === undefined || text.trim() === "") return null;
  const days = Number(text);
  if (/^[0-9]{1,4}$/.test(text.trim()) && days >= 1 && days <= daysMax) return days;
  return { name, detail: `${name} must be a whole number of days from 1 to ${daysMax}` };
};
