import { type LatchkeyProblem, problemOf, unexpectedAnswer, unreachable, withoutKeys } from "./problem.ts";
import { delayMs, isPassing, retryAfterMs, wait } from "./retry.ts";

export interface CallOptions {
  /** Ends the call, whatever it is waiting for, by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface ChangeOptions extends CallOptions {
  /** Makes the same change once, however often it is sent in 24 hours. Made for each call if not given. */
  readonly idempotencyKey?: string | undefined;
}

export interface ConditionalOptions extends ChangeOptions {
  /** The version that was read: if it is another by now, nothing changes and the answer is 412 `version_mismatch`. */
  readonly ifVersion?: number | undefined;
}

export interface LatchkeyOptions {
  /** Where the manager is, such as `https://keys.acme.example`. */
  readonly url: string | URL;
  /** An admin key; it goes only there, and only in a header. */
  readonly adminKey: string;
  /** In the place of the global one: that of a service binding, say. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** How often a request is sent at most, 4 if not given; 1 is never again. */
  readonly attemptsMax?: number | undefined;
  /** How long one attempt may take, 30 if not given. */
  readonly timeoutSeconds?: number | undefined;
}

export interface Call extends ConditionalOptions {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: object | undefined;
  readonly body?: object | undefined;
  /** The manager heeds an Idempotency-Key here. */
  readonly onceOnly?: boolean;
  /** Sending it twice does what sending it once does. A GET always is. */
  readonly isRepeatable?: boolean;
}

export type Send = <Answer>(call: Call) => Promise<Answer>;

const baseOf = ({ url }: LatchkeyOptions): string => {
  const { protocol, username, search, hash, href } = new URL(url);
  if (!/^https?:$/.test(protocol) || username !== "" || search !== "" || hash !== "") {
    throw new TypeError("url must be a plain http(s) address of a manager");
  }
  return href.replace(/\/+$/, "");
};

const queryOf = (query: object): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(name, String(one));
  }
  return search.size === 0 ? "" : `?${search}`;
};

const headersOf = (call: Call, adminKey: string): Headers => {
  const headers = new Headers({ Authorization: `Bearer ${adminKey}`, Accept: "application/json" });
  if (call.body !== undefined) headers.set("Content-Type", "application/json");
  if (call.ifVersion !== undefined) headers.set("If-Match", `"${call.ifVersion}"`);
  if (call.onceOnly || call.idempotencyKey !== undefined) {
    headers.set("Idempotency-Key", call.idempotencyKey ?? crypto.randomUUID());
  }
  return headers;
};

const answerOf = (response: Response, text: string): unknown => {
  if (response.status === 204) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    const requestId = response.headers.get("X-Request-Id") ?? undefined;
    throw unexpectedAnswer(response.status, requestId, "what came is no JSON: is the url that of a manager?");
  }
};

type Sending = Required<{ [Name in Exclude<keyof LatchkeyOptions, "url">]: NonNullable<LatchkeyOptions[Name]> }>;

interface Failed {
  readonly problem: LatchkeyProblem;
  readonly isPassing: boolean;
  readonly retryAfterMs?: number | undefined;
}

const attempt = async (make: () => Request, { fetch, adminKey }: Sending, signal: AbortSignal | undefined) => {
  let response: Response;
  let text: string;
  try {
    response = await fetch(make());
    text = await response.text();
  } catch (error) {
    signal?.throwIfAborted();
    return { problem: unreachable(error, adminKey), isPassing: true } satisfies Failed;
  }
  if (response.ok) return { answer: answerOf(response, text) };
  return {
    problem: problemOf(response, text),
    isPassing: isPassing(response.status),
    retryAfterMs: retryAfterMs(response.headers, Date.now()),
  } satisfies Failed;
};

const urlOf = (base: string, { path, query = {} }: Call): string => {
  const url = `${base}${path}${queryOf(query)}`;
  if (!path.startsWith("/") || withoutKeys(url) !== url) {
    throw new TypeError(
      "a path begins with /, and no key may stand in it or in the query: URLs are logged on their way",
    );
  }
  return url;
};

const requestOf = (base: string, call: Call, { adminKey, timeoutSeconds }: Sending): (() => Request) => {
  const { method, signal } = call;
  const url = urlOf(base, call);
  const headers = headersOf(call, adminKey);
  const body = call.body === undefined ? null : JSON.stringify(call.body);
  return () => {
    const limit = AbortSignal.timeout(timeoutSeconds * 1000);
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    return new Request(url, { method, headers, body, redirect: "manual", signal: either });
  };
};

const sendingOf = (options: LatchkeyOptions): Sending => {
  const { adminKey, attemptsMax = 4, timeoutSeconds = 30, fetch = (request) => globalThis.fetch(request) } = options;
  if (typeof adminKey !== "string" || !/^[\x21-\x7e]+$/.test(adminKey))
    throw new TypeError("adminKey must be an admin key");
  if (!(attemptsMax >= 1)) throw new TypeError("attemptsMax must be 1 at least");
  if (!(timeoutSeconds > 0)) throw new TypeError("timeoutSeconds must be above 0");
  return { adminKey, attemptsMax, timeoutSeconds, fetch };
};

/**
 * Sends a call until it is answered for good. A change is sent again only under its Idempotency-Key, or where that does
 * no more than sending it once. Redirects are not followed: the admin key would go along.
 */
export const sender = (options: LatchkeyOptions): Send => {
  const base = baseOf(options);
  const sending = sendingOf(options);
  return async <Answer>(call: Call): Promise<Answer> => {
    const { method, signal, onceOnly = false, isRepeatable = method === "GET" || onceOnly } = call;
    const attemptsMax = isRepeatable ? sending.attemptsMax : 1;
    const make = requestOf(base, call, sending);
    for (let count = 1; ; count += 1) {
      signal?.throwIfAborted();
      const outcome: Failed | { readonly answer: unknown } = await attempt(make, sending, signal);
      if ("answer" in outcome) return outcome.answer as Answer;
      const delay = delayMs(count, outcome.retryAfterMs, Math.random());
      if (!outcome.isPassing || count >= attemptsMax || delay === undefined) throw outcome.problem;
      await wait(delay, signal);
    }
  };
};
