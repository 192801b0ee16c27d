import type * as z from "zod/mini";
import { type AnyDeclaration, isConditional } from "../route.ts";
import type { JsonObject, Schemas } from "./schemas.ts";

const header = (name: string, description: string, schema: JsonObject): JsonObject => ({
  ...{ name, in: "header", required: false, description },
  schema: { type: "string", ...schema },
});

/** Request headers that several routes take. */
export const sharedParameters = {
  RequestId: header("X-Request-Id", "A name of yours for this request; one that does not match is replaced.", {
    pattern: "^[A-Za-z0-9._-]{8,128}$",
    examples: ["order-4711-retry-1"],
  }),
  IdempotencyKey: header(
    "Idempotency-Key",
    "Makes it happen once: the same request with the same key is answered as the first time for 24 hours, its secret " +
      "included. 1 to 255 visible characters; quoted and bare are the same.",
    { pattern: "^[!-~]{1,255}$", examples: ["8e03978e-40d5-43dd-bc93-6894a57f9324"] },
  ),
  IfMatch: header(
    "If-Match",
    "Only if the resource is in one of these versions, as its ETag tells them; `*` is any version.",
    { maxLength: 1024, examples: ['"3"', "*"] },
  ),
  NeededScopes: header("X-Latchkey-Scopes", "All of these are needed, separated by spaces. Set by the gateway.", {
    examples: ["orders:read users:read"],
  }),
} as const;

const shared = (name: keyof typeof sharedParameters): JsonObject => ({ $ref: `#/components/parameters/${name}` });

const pathParameters = ({ parameters = {} }: AnyDeclaration, { write }: Schemas): JsonObject[] =>
  Object.entries<z.ZodMiniType<string>>(parameters).map(([name, schema]) => {
    const { description, ...written } = write(schema);
    return { name, in: "path", required: true, description, schema: written };
  });

/** One parameter of each member; a list is one that may be repeated. */
const queryParameters = ({ query }: AnyDeclaration, { write }: Schemas): JsonObject[] => {
  if (!query) return [];
  const { properties = {}, required = [] } = write(query);
  return Object.entries(properties as Record<string, JsonObject>).map(([name, { description, ...schema }]) => ({
    ...{ name, in: "query", required: (required as string[]).includes(name), description, schema },
  }));
};

export const parametersOf = (declaration: AnyDeclaration, schemas: Schemas): JsonObject[] => [
  ...pathParameters(declaration, schemas),
  ...queryParameters(declaration, schemas),
  ...(declaration.onceOnly ? [shared("IdempotencyKey")] : []),
  ...(isConditional(declaration) ? [shared("IfMatch")] : []),
  ...(declaration.access === "gateway" ? [shared("NeededScopes")] : []),
  shared("RequestId"),
];
