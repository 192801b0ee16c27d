import type { Schema } from "@cfworker/json-schema";

const mapsOfSchemas = ["properties", "$defs", "schemas"];
const listsOfSchemas = ["allOf", "oneOf", "anyOf"];

const isObject = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isComposed = (schema: Schema): boolean =>
  ["$ref", "properties", ...listsOfSchemas].some((word) => word in schema);

/** A part of a value may hold more: what is more only the whole of them can tell. */
const inner = (schema: unknown): unknown => {
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([word, value]) => {
      if (mapsOfSchemas.includes(word)) return [word, eachOf(value, whole)];
      if (listsOfSchemas.includes(word)) return [word, (value as unknown[]).map(inner)];
      return [word, word === "items" ? whole(value) : value];
    }),
  );
};

const eachOf = (schemas: unknown, make: (schema: unknown) => unknown): unknown =>
  isObject(schemas)
    ? Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, make(schema)]))
    : schemas;

const whole = (schema: unknown): unknown => {
  const made = inner(schema);
  if (!isObject(made) || !isComposed(made) || "additionalProperties" in made) return made;
  return { ...made, unevaluatedProperties: false };
};

/** Answers may grow for clients; for the tests a member that the document does not name is a fault. */
export const strictly = (schema: unknown): Schema => whole(schema) as Schema;

/** The same for the components, which are parts of what refers to them. */
export const strictComponents = (schemas: unknown): unknown => eachOf(schemas, inner);
