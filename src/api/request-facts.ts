import type { RequestFacts } from "./authenticate.ts";
import type { Problem } from "./failures.ts";
import { holdsKey } from "./secret-pattern.ts";

const requestIdPattern = /^[A-Za-z0-9._-]{8,128}$/;
/** Methods whose requests change nothing and have no body of ours. */
export const readingMethods = ["GET", "HEAD", "OPTIONS"];
const idempotencyKeyPattern = /^[\x21-\x7e]{1,255}$/;

export const requestIdOf = (headers: Headers, newRequestId: () => string): string => {
  const given = headers.get("X-Request-Id") ?? "";
  return requestIdPattern.test(given) && !holdsKey(given) ? given : newRequestId();
};

/** The client's address, where it is the platform that says so and not the client. */
export const ipOf = (request: Request): string | null => {
  const isBehindCloudflare = "cf" in request && request.cf !== undefined;
  return isBehindCloudflare ? (request.headers.get("CF-Connecting-IP")?.slice(0, 64) ?? null) : null;
};

/** Quoted and bare are the same key. */
const idempotencyKeyOf = ({ method, headers }: Request): string | null | Problem => {
  const given = headers.get("Idempotency-Key");
  if (given === null || readingMethods.includes(method)) return null;
  const key = /^".*"$/.test(given) && given.length > 1 ? given.slice(1, -1) : given;
  if (idempotencyKeyPattern.test(key)) return key;
  const detail = "must be 1 to 255 visible characters";
  return { code: "invalid_request", errors: [{ header: "Idempotency-Key", code: "invalid", detail }] };
};

export const factsOf = (request: Request, requestId: string): RequestFacts | Problem => {
  const idempotencyKey = idempotencyKeyOf(request);
  if (idempotencyKey !== null && typeof idempotencyKey === "object") return idempotencyKey;
  return { requestId, ip: ipOf(request), idempotencyKey };
};
