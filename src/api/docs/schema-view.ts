import { escaped } from "../html-page.ts";
import type { JsonObject } from "../openapi/schemas.ts";
import { inline } from "./markdown.ts";

/** The words of JSON Schema that the document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
  readonly default?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

const nameIn = (reference: string): string => reference.slice(reference.lastIndexOf("/") + 1);

const linkTo = (reference: string): string =>
  `<a href="#schema-${escaped(nameIn(reference))}">${escaped(nameIn(reference))}</a>`;

const joined = (schemas: readonly Schema[], word: string): string => schemas.map(typeOf).join(` ${word} `);

/** The type in a few words, a schema with a name as a link to it. */
export const typeOf = (schema: Schema): string => {
  if (schema.$ref) return linkTo(schema.$ref);
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (schema.allOf) return joined(schema.allOf, "and");
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return joined(choices, "or");
  if (schema.const !== undefined) return `<code>${escaped(JSON.stringify(schema.const))}</code>`;
  return escaped([schema.type ?? "any value"].flat().join(" or "));
};

const code = (value: unknown): string =>
  `<code>${escaped(typeof value === "string" ? value : JSON.stringify(value))}</code>`;

const rangeOf = ({ minimum, maximum }: Schema): string[] => {
  if (minimum === undefined && maximum === undefined) return [];
  if (maximum === undefined) return [`at least ${minimum}`];
  return minimum === undefined ? [`at most ${maximum}`] : [`${minimum} to ${maximum}`];
};

/** What narrows the value beside its type. */
const limitsOf = (schema: Schema): string[] => [
  ...(schema.enum ? [`one of ${schema.enum.map(code).join(" ")}`] : []),
  ...(schema.format ? [escaped(schema.format)] : []),
  ...rangeOf(schema),
  ...(schema.maxLength === undefined ? [] : [`at most ${schema.maxLength} characters`]),
  ...(schema.maxItems === undefined ? [] : [`at most ${schema.maxItems} entries`]),
  ...(schema.pattern ? [`matches ${code(schema.pattern)}`] : []),
  ...(schema.default === undefined ? [] : [`default ${code(schema.default)}`]),
];

/** One line of a list of members or parameters. */
export const memberView = (
  name: string,
  schema: Schema,
  note: string,
  description = schema.description ?? "",
): string => {
  const limits = [...limitsOf(schema), ...(schema.items ? limitsOf(schema.items) : [])];
  const about = [typeOf(schema), ...(note ? [note] : [])].join(", ");
  return (
    `<dt><code>${escaped(name)}</code> <span>${about}</span></dt>` +
    `<dd>${inline(description)}${limits.length === 0 ? "" : ` <small>${limits.join("; ")}</small>`}</dd>`
  );
};

const membersOf = ({ properties = {}, required = [] }: Schema, mark: (isRequired: boolean) => string): string => {
  const lines = Object.entries(properties).map(([name, member]) =>
    memberView(name, member, mark(required.includes(name))),
  );
  return lines.length === 0 ? "" : `<dl>${lines.join("")}</dl>`;
};

const inAnswers = (isRequired: boolean): string => (isRequired ? "" : "not always there");
export const inRequests = (isRequired: boolean): string => (isRequired ? "required" : "");

/** Everything a schema says: what it is made of, then its own members. */
export const schemaView = (schema: Schema, mark = inAnswers): string => {
  const parts = schema.allOf ?? schema.oneOf;
  if (!parts) return membersOf(schema, mark);
  const named = parts.filter(({ $ref }) => $ref);
  const word = schema.oneOf ? "One of" : "All of";
  const own = parts.filter(({ $ref }) => !$ref).map((part) => schemaView(part, mark));
  return `<p>${word} ${named.map(typeOf).join(schema.oneOf ? " or " : " and ")}${own.length > 0 ? ", and:" : "."}</p>${own.join("")}`;
};

/** A schema that has a name, in the list of them. */
export const namedSchemaView = (name: string, schema: JsonObject): string => {
  const { description = "" } = schema as Schema;
  return `<section class="schema" id="schema-${escaped(name)}"><h3>${escaped(name)}</h3><p>${inline(description)}</p>${schemaView(schema as Schema)}</section>`;
};
