import type { Accepted } from "../api-types.ts";
import { admit } from "./admit.ts";
import { graceHeaders, withHeaders } from "./grace.ts";
import { checkOptions, type GuardOptions } from "./options.ts";

interface Admitted {
  verdict?: Accepted;
}

export interface IttyGuard {
  /** For `before` of the router, or before the handlers of a route: leaves `request.verdict`. */
  // biome-ignore lint/suspicious/noExplicitAny: a router of itty passes on whatever it was given.
  readonly before: (request: any, env?: any) => Promise<Response | undefined>;
  /** For `finally` of the router: tells clients whose key was replaced. */
  // biome-ignore lint/suspicious/noExplicitAny: the same.
  readonly finally: (response: any, request: any) => any;
}

/**
 * Middleware for itty-router: `AutoRouter({ before: [keys.before], finally: [keys.finally] })`. It cannot take the key out
 * of the request, which itty hands to every handler: for that, wrap a route's handler in `guard`.
 */
export const ittyGuard = <Env = unknown>(options: Omit<GuardOptions<Env>, "stripCredential">): IttyGuard => {
  checkOptions(options);
  return {
    before: async (request: Request & Admitted, env: Env) => {
      const admission = await admit(options, request, env);
      if ("refused" in admission) return admission.refused;
      request.verdict = admission.verdict;
      return undefined;
    },
    finally: (response: unknown, { verdict }: Admitted) =>
      verdict && response instanceof Response
        ? withHeaders(response, graceHeaders(verdict, options.sunset ?? false))
        : response,
  };
};
