import { admit } from "./admit.ts";
import { withoutCredential } from "./credential.ts";
import { graceHeaders } from "./grace.ts";
import { checkOptions, type GuardOptions } from "./options.ts";

/** As much of Hono's context as is needed. */
interface HonoContext {
  readonly env: unknown;
  readonly req: { raw: Request };
  set(name: never, value: never): void;
  header(name: string, value: string): void;
}

/**
 * Middleware for Hono: `app.use("/orders/*", honoGuard({ ... }))`. Handlers after it find the verdict by
 * `context.get("verdict")`; `new Hono<{ Bindings: Env; Variables: GuardVariables }>()` gives it its type.
 */
export const honoGuard = <Env = unknown>(
  options: GuardOptions<Env>,
): ((context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>) => {
  checkOptions(options);
  return async (context, next) => {
    const admission = await admit(options, context.req.raw, context.env as Env);
    if ("refused" in admission) return admission.refused;
    const { verdict } = admission;
    context.set("verdict" as never, verdict as never);
    if (options.stripCredential) context.req.raw = withoutCredential(context.req.raw, options.headers);
    await next();
    for (const [name, value] of graceHeaders(verdict, options.sunset ?? false)) context.header(name, value);
    return undefined;
  };
};
