import { dereference, type Schema, validate } from "@cfworker/json-schema";
import { meanings, type ProblemCode } from "../../src/api/failures.ts";
import { isForwardAuth } from "../../src/api/forward-auth.ts";
import { openApiDocument } from "../../src/api/openapi/document.ts";
import { describedRoutes } from "../../src/api/router.ts";
import { strictComponents, strictly } from "./strict-schema.ts";

// biome-ignore lint/suspicious/noExplicitAny: the document is read as any client reads it.
type Json = any;

export const document: Json = openApiDocument(describedRoutes, "0.0.0");

const paths = Object.entries<Json>(document.paths).map(([path, operations]) => ({
  path,
  operations,
  pattern: new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`),
}));

export const resolved = (value: Json): Json =>
  value?.$ref
    ? value.$ref
        .slice(2)
        .split("/")
        .reduce((part: Json, name: string) => part[name], document)
    : value;

const lookup = dereference({ components: { schemas: strictComponents(document.components.schemas) } });
const prepared = new Map<object, Schema>();

/** The strict form of a schema of the document, made once. */
const strictFormOf = (schema: object): Schema => {
  const known = prepared.get(schema);
  if (known) return known;
  const made = strictly(schema);
  dereference(made, lookup, undefined, `/uses/${prepared.size}`);
  prepared.set(schema, made);
  return made;
};

/** What of the value is not as the schema says, and what of it the schema does not name. */
export const schemaFaults = (value: unknown, schema: object): string[] => {
  const { errors } = validate(value as never, strictFormOf(schema), "2020-12", lookup, false);
  return errors.map(({ instanceLocation, keyword, error }) => `${instanceLocation} ${keyword}: ${error}`);
};

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: BodyInit | null;
}

const headerFaults = (declared: Json, headers: Headers): string[] =>
  Object.entries<Json>(declared).flatMap(([name, header]) =>
    resolved(header).required && !headers.has(name) ? [`has no ${name}`] : [],
  );

const factFaults = (problem: Json): string[] => {
  const { type, title, status, detail, code, requestId, errors, ...facts } = problem;
  const told: readonly string[] = meanings[code as ProblemCode]?.facts ?? [];
  return Object.keys(facts).flatMap((fact) => (told.includes(fact) ? [] : [`${code} tells ${fact}`]));
};

const answerFaults = (declared: Json, { headers }: Response, text: string, isHead: boolean): string[] => {
  const faults = headerFaults(declared.headers ?? {}, headers);
  const [mediaType = ""] = (headers.get("Content-Type") ?? "").split(";");
  if (!declared.content) return text === "" && mediaType === "" ? faults : [...faults, `has a body of ${mediaType}`];
  const media = declared.content[mediaType];
  if (!media) return [...faults, `is of type ${mediaType || "none"}`];
  if (isHead) return faults;
  if (!mediaType.includes("json")) return [...faults, ...schemaFaults(text, media.schema)];
  if (mediaType === "application/x-ndjson") {
    const lines = text.split("\n").filter((line) => line !== "");
    return [...faults, ...lines.flatMap((line) => schemaFaults(JSON.parse(line), media.schema))];
  }
  const body = JSON.parse(text);
  const others = mediaType === "application/problem+json" ? factFaults(body) : [];
  return [...faults, ...others, ...schemaFaults(body, media.schema)];
};

/** Codes of answers that belong to no route. */
const outsideCodes: Readonly<Record<number, readonly string[]>> = {
  400: ["secret_in_url", "invalid_request"],
  404: ["not_found"],
  405: ["method_not_allowed"],
  500: ["internal_error"],
};

const outsideFaults = (status: number, text: string): string[] => {
  const codes = outsideCodes[status];
  if (!codes) return ["is not documented for what is no route"];
  if (text === "") return [];
  const problem = JSON.parse(text);
  const isKnown = codes.includes(problem.code) ? [] : [`has the code ${problem.code}`];
  return [...isKnown, ...factFaults(problem), ...schemaFaults(problem, document.components.schemas.Problem)];
};

/** Of a form only what is named, for the rest of it is ignored. */
const sentBody = (type: string | undefined, { schema }: Json, body: string): unknown => {
  if (type !== "application/x-www-form-urlencoded") return JSON.parse(body);
  const named = Object.keys(resolved(schema).properties);
  return Object.fromEntries([...new URLSearchParams(body)].filter(([name]) => named.includes(name)));
};

const requestFaults = (operation: Json, { url, body }: Asked): string[] => {
  if (isForwardAuth(new URL(url))) return [];
  const [[type, media] = []] = Object.entries<Json>(operation.requestBody?.content ?? {});
  const bodyFaults =
    media && typeof body === "string" && body !== "" ? schemaFaults(sentBody(type, media, body), media.schema) : [];
  const known = operation.parameters.map(resolved).filter(({ in: place }: Json) => place === "query");
  const queryFaults = [...new Set(new URL(url).searchParams.keys())].flatMap((name) => {
    const parameter = known.find((candidate: Json) => candidate.name === name);
    if (!parameter) return [`takes the parameter ${name}`];
    const values = new URL(url).searchParams.getAll(name);
    const { type } = parameter.schema;
    const value = type === "array" ? values : type === "integer" ? Number(values[0]) : values[0];
    return schemaFaults(value, parameter.schema);
  });
  return [...bodyFaults, ...queryFaults];
};

/** What is described as a GET of one path is answered alike with every method, and below that path. */
const operationOf = (method: string, { href, pathname: path }: URL): Json => {
  if (isForwardAuth(new URL(href))) return document.paths["/v1/forward-auth"].get;
  const found = paths.find(({ pattern }) => pattern.test(path));
  return found?.operations[(method === "HEAD" ? "GET" : method).toLowerCase()];
};

const faultsOf = (asked: Asked, response: Response, text: string): string[] => {
  const { method, url } = asked;
  const operation = operationOf(method, new URL(url));
  const isPreflight = method === "OPTIONS" && response.status === 204;
  if (isPreflight) return response.headers.has("Allow") ? [] : ["has no Allow"];
  if (!operation) return outsideFaults(response.status, text);
  const declared = resolved(operation.responses[response.status]);
  if (!declared) return ["is of a status that is not documented"];
  const ofRequest = response.ok ? requestFaults(operation, asked) : [];
  return [...answerFaults(declared, response, text, method === "HEAD"), ...ofRequest];
};

/** Every answer of the tests is held against the document, and every request that was in order. */
export const expectDocumented = (asked: Asked, response: Response, text: string): void => {
  const faults = faultsOf(asked, response, text);
  if (faults.length === 0) return;
  const { method, url } = asked;
  throw new Error(
    `${method} ${url} answered ${response.status}, which the document does not know: it\n${faults.join("\n")}\n${text}`,
  );
};
