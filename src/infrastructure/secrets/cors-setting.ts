import type { SettingProblem } from "../../core/setting-problem.ts";

const isOrigin = (text: string): boolean => {
  if (text.includes("*") || !URL.canParse(text)) return false;
  const { origin, protocol } = new URL(text);
  return origin === text && (protocol === "https:" || protocol === "http:");
};

/** The origins whose pages may call, or what is wrong with the setting. No wildcard: each is named. */
export const readCorsOrigins = (text: string | undefined): ReadonlySet<string> | SettingProblem => {
  const origins = (text ?? "")
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => origin !== "");
  const wrong = origins.find((origin) => !isOrigin(origin));
  if (wrong === undefined) return new Set(origins);
  const detail =
    "CORS_ORIGINS must list exact origins like https://app.example.com, joined by commas; * and null are refused";
  return { name: "CORS_ORIGINS", detail };
};
