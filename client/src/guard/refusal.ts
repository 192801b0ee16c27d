import type { GuardOptions, Refusal } from "./options.ts";
import { isScope } from "./options.ts";

const retryAfterSeconds = 5;

const titles: Readonly<Record<number, string>> = {
  400: "More than one credential",
  401: "The key is not good",
  403: "Not allowed",
  429: "Too many requests",
  500: "The key could not be checked",
  503: "The key cannot be checked now",
};

const details: Readonly<Record<string, string>> = {
  missing_credential: "Send your API key in a header.",
  multiple_credentials: "Send one API key, in one header.",
  insufficient_scope: "The key does not have every scope that is needed here.",
};

const plainDetails: Readonly<Record<number, string>> = {
  401: "It is not a live key of this API.",
  403: "The key may not be used for this.",
  429: "Try again later, and slower.",
  503: "Try again in a moment.",
};

/** The members of a verdict a client may read: it holds the key they speak of. Anything else stays inside. */
const facts = ["id", "lineage", "revokedAt", "expiresAt", "graceEndsAt", "successor"] as const;

type Members = Readonly<Record<string, unknown>>;

/** Nothing when it is no object. */
export const membersOf = (value: unknown): Members =>
  typeof value === "object" && value !== null ? (value as Members) : {};

const factsOf = (verdict: Members): Record<string, unknown> => {
  const told: Record<string, unknown> = {};
  for (const name of facts) {
    const value = verdict[name];
    if (typeof value === "string" || value === null) told[name] = value;
  }
  const { missing } = verdict;
  if (Array.isArray(missing) && missing.every((scope) => typeof scope === "string")) told.missing = missing;
  return told;
};

const challengeOf = ({ status, code }: Refusal, realm: string, needed: readonly string[]): string | undefined => {
  const plain = `Bearer realm="${realm}"`;
  if (code === "missing_credential") return plain;
  if (status === 401) return `${plain}, error="invalid_token"`;
  if (code !== "insufficient_scope" || status !== 403) return undefined;
  return `${plain}, error="insufficient_scope", scope="${needed.filter(isScope).join(" ")}"`;
};

const secondsOf = (retryAfter: unknown): number =>
  typeof retryAfter === "number" && retryAfter >= 0 && retryAfter <= 86_400 ? Math.ceil(retryAfter) : retryAfterSeconds;

const headersOf = (refusal: Refusal, realm: string, needed: readonly string[]): Record<string, string> => {
  const challenge = challengeOf(refusal, realm, needed);
  const isPassing = refusal.status === 503 || refusal.status === 429;
  return {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    ...(challenge === undefined ? {} : { "WWW-Authenticate": challenge }),
    ...(isPassing ? { "Retry-After": String(secondsOf(membersOf(refusal.verdict).retryAfter)) } : {}),
  };
};

/** RFC 9457. */
const problemOf = (refusal: Refusal, realm: string, needed: readonly string[]): Response => {
  const { status, code } = refusal;
  const body = {
    ...factsOf(membersOf(refusal.verdict)),
    type: `urn:problem-type:latchkey:${code}`,
    title: titles[status] ?? "Refused",
    status,
    detail: details[code] ?? plainDetails[status] ?? "The log of the service tells more.",
    code,
  };
  return new Response(JSON.stringify(body), { status, headers: headersOf(refusal, realm, needed) });
};

/** Never throws: a Worker that passes through on exceptions would let the request by. */
export const refuse = async <Env, Incoming extends Request>(
  refusal: Refusal,
  request: Incoming,
  { realm = "latchkey", onRefused }: GuardOptions<Env, Incoming>,
  needed: readonly string[] = [],
): Promise<Response> => {
  try {
    const own = await onRefused?.(refusal, request);
    if (own instanceof Response) return own;
  } catch {
    // The hook failed, the refusal stands.
  }
  return problemOf(refusal, realm, needed);
};
