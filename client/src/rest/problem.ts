import type { Fault } from "../api-types.ts";

const keyShapes = /[a-z][a-z0-9]{0,15}(?:_[a-z0-9]{1,16})?_[0-9A-Za-z]{20}_[0-9A-Za-z]{47}/g;

/** No key gets into an error, whoever put it there. */
export const withoutKeys = (text: string): string => text.replace(keyShapes, "[key]");

const told = (members: unknown): Readonly<Record<string, unknown>> => JSON.parse(withoutKeys(JSON.stringify(members)));

interface ProblemWords {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  readonly requestId?: string | undefined;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Why a request was not done: what the manager answered, or why there is no answer. */
export class LatchkeyProblem extends Error {
  override readonly name = "LatchkeyProblem";
  /** What to decide by. Beside those of the manager: `unreachable`, `unexpected_answer`. */
  readonly code: string;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly detail: string;
  /** Each place in the request that is wrong. */
  readonly errors: readonly Fault[];
  /** The log of the manager tells more under it. */
  readonly requestId: string | undefined;
  /** What else it says: `permission`, `successor`, `version`, `reason`, ... */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor({ code, status, detail, errors = [], requestId, facts = {}, cause }: ProblemWords) {
    super(withoutKeys(`${code}${status === 0 ? "" : ` (${status})`}: ${detail}`), cause === undefined ? {} : { cause });
    this.code = code;
    this.status = status;
    this.detail = withoutKeys(detail);
    this.errors = errors;
    this.requestId = requestId;
    this.facts = facts;
  }
}

const membersOf = (text: string): Record<string, unknown> | undefined => {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const isFault = (value: unknown): value is Fault =>
  typeof value === "object" && value !== null && "code" in value && "detail" in value;

/** An answer that is no problem of the manager: a proxy in between, or another server. */
export const unexpectedAnswer = (status: number, requestId: string | undefined, what: string): LatchkeyProblem =>
  new LatchkeyProblem({ code: "unexpected_answer", status, requestId, detail: what });

export const problemOf = (response: Response, text: string): LatchkeyProblem => {
  const { status } = response;
  const requestId = response.headers.get("X-Request-Id") ?? undefined;
  const members = membersOf(text);
  if (typeof members?.code !== "string") {
    return unexpectedAnswer(
      status,
      requestId,
      `status ${status} and no problem of Latchkey: is the url that of a manager?`,
    );
  }
  const { type: _type, title, status: _status, detail, code, requestId: id, errors, ...facts } = told(members);
  return new LatchkeyProblem({
    code: String(code),
    status,
    detail: String(detail ?? title ?? "no more is known"),
    errors: Array.isArray(errors) ? errors.filter(isFault) : [],
    requestId: typeof id === "string" ? id : requestId,
    facts,
  });
};

/** No answer came. What was thrown is repeated without its own members: they may hold the request. */
export const unreachable = (error: unknown, adminKey: string): LatchkeyProblem => {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const words = withoutKeys(`${name}: ${message}`.replaceAll(adminKey, "[key]"));
  const detail = `the manager did not answer (${words})`;
  return new LatchkeyProblem({ code: "unreachable", status: 0, detail, cause: new Error(words) });
};
