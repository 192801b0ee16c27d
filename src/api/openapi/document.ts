import { problemSchema } from "../problem-answer.ts";
import { type AnyDeclaration, type Route, tags, takesBody } from "../route.ts";
import { headerComponents, successesOf } from "./answers.ts";
import { parametersOf, sharedParameters } from "./parameters.ts";
import { newProblems, type Problems } from "./problems.ts";
import { type JsonObject, newSchemas, type Schemas } from "./schemas.ts";
import { permissionsOf, rightOf, securityOf, securitySchemes } from "./security.ts";

const description = `The API-key manager. These hold for every route:

- A key comes in a header or in a body, never in a URL.
- Requests are strict: a member or a parameter that is not known is a 400 that names it. Bodies are JSON in UTF-8 of at
  most 64 KiB; none at all is \`{}\`.
- Answers may grow: take members, codes and statuses you do not know calmly. Within \`/v1\` nothing is renamed, removed
  or narrowed.
- Errors are \`application/problem+json\` (RFC 9457). Decide by \`code\`, and by \`status\` where you do not know the code.
- \`HEAD\` is answered as \`GET\` without the body, \`OPTIONS\` with \`Allow\`. A path that is not here is 404 \`not_found\`,
  another method 405 \`method_not_allowed\`.
- Answers below \`/v1\` are stored nowhere (\`Cache-Control: no-store\`).`;

const mediaTypesOf = ({ method, takesForm }: AnyDeclaration): string[] => {
  if (takesForm) return ["application/x-www-form-urlencoded"];
  return method === "PATCH" ? ["application/merge-patch+json", "application/json"] : ["application/json"];
};

/** A body without a required member may be left out; one that takes no members at all is not worth telling of. */
const requestBodyOf = (declaration: AnyDeclaration, { write, components }: Schemas): JsonObject => {
  const { body, bodyExamples = {}, operationId } = declaration;
  if (!body || !takesBody(declaration)) return {};
  const name = `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Request`;
  const schema = write(body);
  components[name] = schema;
  const examples = Object.fromEntries(
    Object.entries(bodyExamples).map(([summary, value], place) => [`example-${place + 1}`, { summary, value }]),
  );
  const media = { schema: { $ref: `#/components/schemas/${name}` }, examples };
  const content = Object.fromEntries(mediaTypesOf(declaration).map((mediaType) => [mediaType, media]));
  return { requestBody: { required: "required" in schema, content } };
};

const operationOf = (declaration: AnyDeclaration, schemas: Schemas, problems: Problems): JsonObject => {
  const { operationId, tag, summary } = declaration;
  const permissions = permissionsOf(declaration);
  return {
    ...{ operationId, tags: [tag], summary },
    description: [declaration.description, rightOf(declaration)].filter(Boolean).join("\n\n"),
    ...(permissions.length > 0 ? { "x-permissions": permissions } : {}),
    security: securityOf(declaration),
    parameters: parametersOf(declaration, schemas),
    ...requestBodyOf(declaration, schemas),
    responses: { ...successesOf(declaration, schemas), ...problems.write(declaration) },
  };
};

const sorted = (members: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(members).toSorted(([one], [other]) => (one < other ? -1 : 1)));

type Described = Pick<Route, "declaration">;

/** The document of an API (OpenAPI 3.1), made from what routes and validates. */
export const openApiDocument = (routes: readonly Described[], version: string) => {
  const schemas = newSchemas();
  const problems = newProblems();
  schemas.write(problemSchema);
  const byPath = Map.groupBy(routes, ({ declaration }) => declaration.path.replace(/:([^/]+)/g, "{$1}"));
  const paths = [...byPath].map(([path, alternatives]) => [
    path,
    Object.fromEntries(
      alternatives.map(({ declaration }) => [
        declaration.method.toLowerCase(),
        operationOf(declaration, schemas, problems),
      ]),
    ),
  ]);
  return {
    openapi: "3.1.1",
    info: { title: "Latchkey", version, description, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "/", description: "This manager." }],
    tags: Object.entries(tags).map(([name, told]) => ({ name, description: told })),
    paths: Object.fromEntries(paths) as Record<string, Record<string, JsonObject>>,
    components: {
      schemas: sorted(schemas.components),
      responses: sorted(problems.responses),
      examples: sorted(problems.examples),
      parameters: sharedParameters,
      headers: headerComponents,
      securitySchemes,
    },
  };
};

export type OpenApiDocument = ReturnType<typeof openApiDocument>;
export type DocumentOf = (version: string) => OpenApiDocument;

/** Made at the first question and kept: the routes are the same as long as the isolate lives. */
export const documentOnce = (routes: () => readonly Described[]): DocumentOf => {
  let document: OpenApiDocument | undefined;
  return (version) => {
    document ??= openApiDocument(routes(), version);
    return document;
  };
};
