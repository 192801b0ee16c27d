import type { Accepted } from "../api-types.ts";
import { admit } from "./admit.ts";
import { withoutCredential } from "./credential.ts";
import { graceHeaders, withHeaders } from "./grace.ts";
import { checkOptions, type GuardOptions } from "./options.ts";

/** A fetch handler that is called only with a good key, and is told whose. */
export type GuardedHandler<Env, Context, Incoming extends Request = Request> = (
  request: Incoming,
  env: Env,
  context: Context,
  verdict: Accepted,
) => Response | Promise<Response>;

/**
 * Protects a fetch handler, or one route of itty-router: it is called only with a key that is good for what is needed.
 * Every request asks the manager, so a revocation bites at once; what cannot be checked is refused.
 */
export const guard = <Env = unknown, Context = unknown, Incoming extends Request = Request>(
  options: GuardOptions<Env, Incoming>,
  handler: GuardedHandler<Env, Context, Incoming>,
): ((request: Incoming, env: Env, context: Context) => Promise<Response>) => {
  checkOptions(options);
  return async (request, env, context) => {
    const admission = await admit(options, request, env);
    if ("refused" in admission) return admission.refused;
    const { verdict } = admission;
    const handedOn = options.stripCredential ? withoutCredential(request, options.headers) : request;
    const response = await handler(handedOn, env, context, verdict);
    return withHeaders(response, graceHeaders(verdict, options.sunset ?? false));
  };
};
