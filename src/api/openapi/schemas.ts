import * as z from "zod/mini";

export type JsonObject = Record<string, unknown>;

export interface Schemas {
  /** The schemas that have an id, as far as they were met. */
  readonly components: JsonObject;
  /** As JSON Schema, what it takes rather than what becomes of it; schemas with an id are referred to. */
  write(schema: z.ZodMiniType): JsonObject;
}

/** Code that JSON Schema cannot express is left out: what it does is told beside it. */
const options = { io: "input", unrepresentable: "any" } as const;

/** zod keeps what has an id within the schema at hand; in the document it has one place for all. */
const inOnePlace = (schema: JsonObject): JsonObject =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/'));

export const newSchemas = (): Schemas => {
  const components: JsonObject = {};
  return {
    components,
    write: (schema) => {
      const { $schema, $defs = {}, ...written } = inOnePlace({ ...z.toJSONSchema(schema, options) });
      Object.assign(components, $defs);
      return written;
    },
  };
};
