import type { Accepted } from "../api-types.ts";
import { credentialOf } from "./credential.ts";
import type { ByRequest, GuardOptions, KeyValidatorBinding, ValidationRequest } from "./options.ts";
import { refuse } from "./refusal.ts";
import { verdictOf } from "./verdict.ts";

/** What becomes of a request: it is let in, or it has its answer. */
export type Admission = { readonly verdict: Accepted } | { readonly refused: Response };

const addressPattern = /^[0-9A-Fa-f.:]{2,45}$/;

const listOf = async <Env, Incoming>(
  list: ByRequest<Incoming, Env> | undefined,
  request: Incoming,
  env: Env,
): Promise<readonly string[]> => {
  const made = typeof list === "function" ? await list(request, env) : (list ?? []);
  if (!Array.isArray(made)) throw new TypeError("what is needed must be a list: for nothing at all, an empty one");
  return made;
};

const addressOf = <Env, Incoming extends Request>(
  { ip }: GuardOptions<Env, Incoming>,
  request: Incoming,
): string | null => {
  if (ip === false) return null;
  const address = ip ? ip(request) : request.headers.get("CF-Connecting-IP");
  return address !== null && addressPattern.test(address) ? address : null;
};

interface Need {
  readonly scopes: readonly string[];
  readonly anyScope: readonly string[];
  readonly asked: Omit<ValidationRequest, "key">;
}

const needOf = async <Env, Incoming extends Request>(
  options: GuardOptions<Env, Incoming>,
  request: Incoming,
  env: Env,
): Promise<Need> => {
  const scopes = await listOf(options.scopes, request, env);
  const anyScope = await listOf(options.anyScope, request, env);
  const prefixes = await listOf(options.prefixes, request, env);
  const ip = addressOf(options, request);
  const asked = { scopes, anyScope, prefixes, ...(ip === null ? {} : { ip }) };
  return { scopes, anyScope, asked };
};

const bindingOf = <Env>(keys: KeyValidatorBinding | ((env: Env) => KeyValidatorBinding), env: Env) => {
  const binding = typeof keys === "function" ? keys(env) : keys;
  if (binding === undefined) throw new TypeError("there is no such service binding: look at `services` of the Worker");
  return binding;
};

const decide = async <Env, Incoming extends Request>(
  options: GuardOptions<Env, Incoming>,
  request: Incoming,
  env: Env,
): Promise<Admission> => {
  const credential = credentialOf(request.headers, options.headers);
  if (credential === "none") {
    return { refused: await refuse({ status: 401, code: "missing_credential" }, request, options) };
  }
  if (credential === "several") {
    return { refused: await refuse({ status: 400, code: "multiple_credentials" }, request, options) };
  }
  const { scopes, anyScope, asked } = await needOf(options, request, env);
  const { timeoutSeconds = 5 } = options;
  const answer = await verdictOf(bindingOf(options.keys, env), { ...credential, ...asked }, timeoutSeconds);
  if (!("refusal" in answer)) return { verdict: answer };
  return { refused: await refuse(answer.refusal, request, options, [...scopes, ...anyScope]) };
};

/** Never throws: what goes wrong before the handler is a refusal. */
export const admit = async <Env, Incoming extends Request>(
  options: GuardOptions<Env, Incoming>,
  request: Incoming,
  env: Env,
): Promise<Admission> => {
  try {
    return await decide(options, request, env);
  } catch (error) {
    return { refused: await refuse({ status: 500, code: "internal_error", error }, request, options) };
  }
};
