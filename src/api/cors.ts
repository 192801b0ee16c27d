const requestHeaders = "Authorization, Content-Type, Idempotency-Key, If-Match, X-API-Key, X-Request-Id";
const exposedHeaders = "ETag, Link, Location, Retry-After, X-Request-Id, Idempotent-Replayed";
const preflightSeconds = "600";

/** What a browser needs to let a page of a listed origin call, with a key in a header and never with cookies. */
export const corsHeaders = (
  request: Request,
  origins: ReadonlySet<string>,
  allow: string | null,
): [string, string][] => {
  if (origins.size === 0) return [];
  const origin = request.headers.get("Origin");
  if (origin === null || !origins.has(origin)) return [["Vary", "Origin"]];
  const always: [string, string][] = [
    ["Vary", "Origin"],
    ["Access-Control-Allow-Origin", origin],
    ["Access-Control-Expose-Headers", exposedHeaders],
  ];
  if (request.method !== "OPTIONS" || allow === null) return always;
  return [
    ...always,
    ["Access-Control-Allow-Methods", allow],
    ["Access-Control-Allow-Headers", requestHeaders],
    ["Access-Control-Max-Age", preflightSeconds],
  ];
};
