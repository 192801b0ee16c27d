import { type Accepted, guard } from "latchkey/client";
import { expectTypeOf } from "vitest";
import type { KeyValidator } from "../../src/index.ts";

interface Env {
  readonly KEYS: Service<KeyValidator>;
}

/** `Service<KeyValidator>` is what `wrangler types` makes of the binding. */
export const worker = {
  fetch: guard({ keys: ({ KEYS }) => KEYS, scopes: ["orders:read"] }, (request, { KEYS }, context, verdict) => {
    expectTypeOf(request.cf).toEqualTypeOf<Request<unknown, IncomingRequestCfProperties>["cf"]>();
    expectTypeOf(KEYS).toEqualTypeOf<Env["KEYS"]>();
    expectTypeOf(context).toEqualTypeOf<ExecutionContext>();
    expectTypeOf(verdict).toEqualTypeOf<Accepted>();
    return new Response(verdict.owner);
  }),
} satisfies ExportedHandler<Env>;

// @ts-expect-error: a binding is needed
guard({}, () => new Response());
// @ts-expect-error: what cannot be asked does not validate keys
guard({ keys: { verify: async () => true } }, () => new Response());
// @ts-expect-error: there is no such option
guard({ keys: ({ KEYS }: Env) => KEYS, cacheSeconds: 60 }, () => new Response());
