import { type AnswerBody, type AnswerHeader, answerHeaders, optionalHeaders } from "../answer.ts";
import type { AnyDeclaration, Success } from "../route.ts";
import type { JsonObject, Schemas } from "./schemas.ts";

const always = {
  "X-Request-Id": "The name of this request, yours or a new one.",
  "Retry-After": "Seconds to wait before trying again.",
  "WWW-Authenticate": "The challenge (RFC 6750).",
};
const sometimes = {
  "X-Auth-Code": "The code of the verdict, or of what else went wrong.",
  "Idempotent-Replayed": "`true` where this is the first answer given again.",
};

const required = Object.entries({ ...answerHeaders, ...always }).map(([name, description]) => [
  name,
  { description, required: !optionalHeaders.includes(name as AnswerHeader), schema: { type: "string" } },
]);
const optional = Object.entries(sometimes).map(([name, description]) => [
  name,
  { description, required: false, schema: { type: "string" } },
]);

/** Every header that some answer of the document has. */
export const headerComponents: JsonObject = Object.fromEntries([...required, ...optional]);

export const headersNamed = (names: readonly string[]): JsonObject =>
  Object.fromEntries(["X-Request-Id", ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const mediaOf = ({ schema, example }: AnswerBody, { write }: Schemas): JsonObject => ({
  schema: write(schema),
  ...(example === undefined ? {} : { example }),
});

const contentOf = (bodies: readonly (AnswerBody | null)[], schemas: Schemas): JsonObject =>
  Object.fromEntries(bodies.flatMap((body) => (body ? [[body.mediaType, mediaOf(body, schemas)]] : [])));

const successOf = (alike: readonly Success[], { onceOnly }: AnyDeclaration, schemas: Schemas): JsonObject => {
  const names = [...alike.flatMap(({ headers = [] }) => headers), ...(onceOnly ? ["Idempotent-Replayed"] : [])];
  const content = contentOf(
    alike.map(({ answer }) => answer),
    schemas,
  );
  return {
    description: alike.map(({ description }) => description).join(" "),
    headers: headersNamed([...new Set(names)]),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
};

/** What it answers when it did what was asked, by status. */
export const successesOf = (declaration: AnyDeclaration, schemas: Schemas): JsonObject => {
  const byStatus = Map.groupBy([declaration.success].flat(), ({ status }) => status);
  return Object.fromEntries([...byStatus].map(([status, alike]) => [status, successOf(alike, declaration, schemas)]));
};
