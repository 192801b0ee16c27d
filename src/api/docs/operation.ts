import type { OpenApiDocument } from "../openapi/document.ts";
import type { JsonObject } from "../openapi/schemas.ts";
import type { Schema } from "./schema-view.ts";

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description: string;
  readonly schema: Schema;
}

/** An operation as the document has it, with everything that it refers to put in its place. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security: readonly JsonObject[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly bodySchema?: Schema;
  readonly responses: Readonly<Record<string, Answer>>;
}

/** What stands at a reference within the document; anything else is what it is. */
const resolved = <Value>(document: OpenApiDocument, value: unknown): Value => {
  const { $ref } = value as { readonly $ref?: string };
  if ($ref === undefined) return value as Value;
  const names = $ref.slice(2).split("/");
  return names.reduce<unknown>((part, name) => (part as JsonObject)[name], document) as Value;
};

const bodySchemaOf = (document: OpenApiDocument, { requestBody }: Operation): Schema | undefined => {
  const [media] = Object.values(requestBody?.content ?? {});
  return media && resolved<Schema>(document, media.schema);
};

export const operationsOf = (document: OpenApiDocument): Operation[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, written]) => {
      const operation = resolved<Operation>(document, written);
      const bodySchema = bodySchemaOf(document, operation);
      return {
        ...operation,
        ...{ method: method.toUpperCase(), path },
        ...(bodySchema ? { bodySchema } : {}),
        parameters: operation.parameters.map((parameter) => resolved<Parameter>(document, parameter)),
        responses: Object.fromEntries(
          Object.entries(operation.responses).map(([status, answer]) => [status, resolved<Answer>(document, answer)]),
        ),
      };
    }),
  );
