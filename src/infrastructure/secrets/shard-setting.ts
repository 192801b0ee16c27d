import type { SettingProblem } from "../../core/setting-problem.ts";

const shardsDefault = 4;
const shardsMax = 256;

/** The number of shards new keys are spread over, or what is wrong with the setting. */
export const readShards = (text: string | undefined): number | SettingProblem => {
  if (text === undefined || text.trim() === "") return shardsDefault;
  const count = Number(text);
  if (/^[0-9]{1,3}$/.test(text.trim()) && count >= 1 && count <= shardsMax) return count;
  return { name: "SHARDS", detail: `SHARDS must be a whole number from 1 to ${shardsMax}` };
};

export const shardsLowered = (configured: number, mark: number): SettingProblem => ({
  name: "SHARDS",
  detail: `SHARDS is ${configured}, but this store has keys in ${mark} shards: it may only grow, so set it to ${mark} or more`,
});
