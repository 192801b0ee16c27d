/** Writes the types of the client package, client/src/api-types.ts, from the routes' declarations. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openApiDocument } from "../src/api/openapi/document.ts";
import { routes } from "../src/api/router.ts";
import { declarationOf } from "./client/type-of-schema.mjs";
import { projectRoot } from "./project.mjs";

const file = "client/src/api-types.ts";
const document = openApiDocument(routes, "");

const named = Object.entries(document.components.schemas).map(([name, schema]) =>
  declarationOf(name, schema, !name.endsWith("Request")),
);

/** A parameter that may be repeated is one value or a list of them. */
const oneOrMany = (/** @type {Record<string, any>} */ schema) =>
  schema.type === "array" ? { anyOf: [schema.items, schema] } : schema;

const queries = Object.values(document.paths)
  .flatMap((methods) => Object.values(methods))
  .flatMap(({ operationId, parameters }) => {
    const query = parameters.filter((parameter) => parameter.in === "query");
    if (query.length === 0) return [];
    const properties = query.map(({ name, description, schema }) => [name, { description, ...oneOrMany(schema) }]);
    const required = query.filter((parameter) => parameter.required).map(({ name }) => name);
    const name = `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Query`;
    return [declarationOf(name, { type: "object", properties: Object.fromEntries(properties), required }, false)];
  });

const text = [
  "/** Made by scripts/client-types.mjs from the routes of the manager: not to be edited. */",
  ...named,
  ...queries,
];
const biome = join(projectRoot, "node_modules", ".bin", "biome");
const formatted = execFileSync(biome, ["format", `--stdin-file-path=${file}`], {
  cwd: projectRoot,
  input: text.join("\n\n"),
  encoding: "utf8",
});
if (process.argv.includes("--print")) process.stdout.write(formatted);
else writeFileSync(join(projectRoot, file), formatted);
