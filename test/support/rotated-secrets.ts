import { type Manager, runAlarms } from "./manager.ts";

/** The secrets of the test configuration, and others to take their place. */
export const oldSecrets = {
  ENCRYPTION_KEY: "aIXqvF3nTzYvC0V0bJwZbq2mS5tK8rP1xN4hW7uD9eA=",
  HMAC_SECRET: "Qk7pLw2xRz8vTn5cYb3mHd6fJs9gKa1eUo4iXt0yZqM=",
};
export const newSecrets = {
  ENCRYPTION_KEY: "m3Kd8Vx1QzRfT6yUh0WcPj5sLbN9eGa2oXi7rYtE4kA=",
  HMAC_SECRET: "Zt4hB7nMq1wEr5yUi9oPa3sDf6gJk8lXc2vQz0TbNnI=",
};

const withFallback = (primary: typeof oldSecrets, fallback: typeof oldSecrets) => ({
  ...primary,
  ENCRYPTION_KEY_FALLBACK: fallback.ENCRYPTION_KEY,
  HMAC_SECRET_FALLBACK: fallback.HMAC_SECRET,
});

export const staged = withFallback(oldSecrets, newSecrets);
export const rotated = withFallback(newSecrets, oldSecrets);

export interface Progress {
  readonly state: "idle" | "running" | "paused" | "done";
  readonly moved: number;
  readonly left: number;
  readonly quarantined: readonly string[];
  readonly quarantinedCount: number;
  readonly missingSecrets: readonly string[];
  readonly perSecond: number;
  readonly secondsLeft: number | null;
}

export const progressOf = async (manager: Manager): Promise<Progress> =>
  (await manager.request<Progress>("/v1/system/reencrypt")).body;

/** Lets the alarms ring until nothing runs any more. */
export const finishReencryption = async (manager: Manager): Promise<Progress> => {
  for (let round = 0; round < 100; round += 1) {
    const progress = await progressOf(manager);
    if (progress.state !== "running") return progress;
    await runAlarms();
  }
  throw new Error("the re-encryption does not come to its end");
};
