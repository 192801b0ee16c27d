import { meanings, type Problem, wireCodeOf } from "./failures.ts";

export const retryAfterSeconds = 5;

export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

/** RFC 6750: an error only where a credential was given. */
export const challenge = (code: string): string =>
  code === "missing_credential" ? 'Bearer realm="latchkey"' : 'Bearer realm="latchkey", error="invalid_token"';

const headersOf = (status: number, code: string): Record<string, string> => ({
  "Content-Type": "application/problem+json",
  ...(status === 401 ? { "WWW-Authenticate": challenge(code) } : {}),
  ...(status === 503 || status === 429 ? { "Retry-After": String(retryAfterSeconds) } : {}),
});

/** RFC 9457. */
export const problemResponse = (
  problem: Problem,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): Response => {
  const { status, title, detail } = meanings[problem.code];
  const code = wireCodeOf(problem.code);
  const body = {
    ...problem.facts,
    type: `urn:problem-type:latchkey:${code}`,
    title,
    status,
    detail: problem.detail ?? detail,
    code,
    requestId,
    ...(problem.errors ? { errors: problem.errors } : {}),
  };
  return new Response(JSON.stringify(body), { status, headers: { ...headersOf(status, code), ...headers } });
};
