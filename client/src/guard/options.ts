import type { Accepted } from "../api-types.ts";

/** What is asked of the manager. */
export interface ValidationRequest {
  readonly key: string;
  readonly scopes?: readonly string[];
  readonly anyScope?: readonly string[];
  readonly prefixes?: readonly string[];
  readonly ip?: string;
}

/** The service binding to the entrypoint `KeyValidator`, or anything that answers like it. */
export interface KeyValidatorBinding {
  // biome-ignore lint/suspicious/noExplicitAny: with any, the compiler need not unfold the types a service binding answers with, which are too deep for it.
  validate(request: ValidationRequest): any;
}

type Promised<Value> = Value | Promise<Value>;

/** A list, or what makes it of the request. What it makes must be a list: a table without an entry lets nobody in. */
export type ByRequest<Incoming, Env> =
  | readonly string[]
  | ((request: Incoming, env: Env) => Promised<readonly string[]>);

/** Why a request was not let in. */
export interface Refusal {
  /** The status the request is answered with. */
  readonly status: number;
  readonly code: string;
  /** As it came from the manager, if it did; it may say more than a client should read. */
  readonly verdict?: unknown;
  /** What was thrown, if something was. */
  readonly error?: unknown;
}

export interface GuardOptions<Env = unknown, Incoming extends Request = Request> {
  /** The service binding, or where it stands in the bindings of the Worker. */
  readonly keys: KeyValidatorBinding | ((env: Env) => KeyValidatorBinding);
  /** All of these are needed. */
  readonly scopes?: ByRequest<Incoming, Env>;
  /** One of these is needed. */
  readonly anyScope?: ByRequest<Incoming, Env>;
  /** Globs, such as `acme_*`: the prefix of the key must match one. */
  readonly prefixes?: ByRequest<Incoming, Env>;
  /** Where the key is read from; `Authorization` stands for `Authorization: Bearer`. Usually that and `X-API-Key`. */
  readonly headers?: readonly string[];
  /** Whose request it is, as the manager is told. Usually what Cloudflare says: CF-Connecting-IP. */
  readonly ip?: ((request: Incoming) => string | null) | false;
  /** The request handed on no longer holds the key. */
  readonly stripCredential?: boolean;
  /** Tells clients whose key was replaced also by the headers Deprecation (RFC 9745) and Sunset (RFC 8594). */
  readonly sunset?: boolean;
  /** Of the challenge; `latchkey` if not given. */
  readonly realm?: string;
  /** How long the manager may take to answer, 5 if not given; then the request is refused. */
  readonly timeoutSeconds?: number;
  /** Hears of every refusal, to log it, say; a response it answers is sent in the place of the usual one. */
  readonly onRefused?: (refusal: Refusal, request: Incoming) => unknown;
}

/** What the middlewares leave for the handlers after them. */
export interface GuardVariables {
  readonly verdict: Accepted;
}

const scopePattern = /^[a-z0-9_.-]+(:[a-z0-9_.-]+)*$/;
const realmPattern = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/;
const headerPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export const isScope = (scope: string): boolean => scopePattern.test(scope);

/** A mistake in the options is one at every request: better that the Worker does not start. */
export const checkOptions = <Env, Incoming extends Request>(options: GuardOptions<Env, Incoming>): void => {
  const { scopes, anyScope, headers, realm = "latchkey", timeoutSeconds = 5 } = options;
  for (const name of ["scopes", "anyScope", "prefixes"] as const) {
    // Somebody meant a list and has none, by a slip: to ask for nothing would let everybody in.
    if (Object.hasOwn(options, name) && options[name] == null)
      throw new TypeError(`${name} is there but ${options[name]}`);
  }
  for (const list of [scopes, anyScope]) {
    if (list === undefined || typeof list === "function") continue;
    const wrong = list.find((scope) => !isScope(scope));
    if (wrong !== undefined) throw new TypeError(`${JSON.stringify(wrong)} is no scope: a-z 0-9 _ . -, joined by ":"`);
  }
  if (headers && (headers.length === 0 || !headers.every((name) => headerPattern.test(name)))) {
    throw new TypeError("headers must name at least one header");
  }
  if (!realmPattern.test(realm)) throw new TypeError('realm must be printable ASCII without " and \\');
  if (!(timeoutSeconds > 0 && timeoutSeconds <= 60)) throw new TypeError("timeoutSeconds must be above 0, 60 at most");
};
