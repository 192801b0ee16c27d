const firstDelayMs = 200;
const longestDelayMs = 8_000;
const longestRetryAfterMs = 30_000;

/** Statuses that pass. With any other the same request would get the same answer. */
export const isPassing = (status: number): boolean => [429, 502, 503, 504].includes(status);

/** What Retry-After asks for, as seconds or as a date; undefined when it asks for nothing that can be understood. */
export const retryAfterMs = (headers: Headers, now: number): number | undefined => {
  const text = headers.get("Retry-After")?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
};

/**
 * How long to wait before attempt number `attempt + 1`, or undefined when that is not worth it. Half of it is chance, so that
 * clients that failed together do not come back together; what Retry-After asks for is the least.
 */
export const delayMs = (attempt: number, asked: number | undefined, chance: number): number | undefined => {
  if (asked !== undefined && asked > longestRetryAfterMs) return undefined;
  const backOff = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1));
  return (asked ?? 0) + (backOff * (1 + chance)) / 2;
};

/** Ends early, by throwing its reason, when the signal does. */
export const wait = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
