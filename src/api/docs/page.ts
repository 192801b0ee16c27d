import { escaped, type RenderedPage, renderPage } from "../html-page.ts";
import type { OpenApiDocument } from "../openapi/document.ts";
import type { JsonObject } from "../openapi/schemas.ts";
import { blocks, inline } from "./markdown.ts";
import { type Operation, operationsOf, type Parameter } from "./operation.ts";
import { methodView, operationView, parameterView } from "./operation-view.ts";
import { namedSchemaView } from "./schema-view.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";

const partOf = (name: string, description: string, operations: readonly Operation[]): string =>
  `<section class="part" id="part-${escaped(name)}"><h2>${escaped(name)}</h2><p>${inline(description)}</p>
${operations.map(operationView).join("\n")}</section>`;

const linksOf = (name: string, operations: readonly Operation[]): string =>
  `<li><a href="#part-${escaped(name)}">${escaped(name)}</a><ul>${operations
    .map(
      ({ method, path, operationId }) =>
        `<li data-for="${escaped(operationId)}"><a href="#${escaped(operationId)}">${methodView(method)} ${escaped(path.replace("/v1", ""))}</a></li>`,
    )
    .join("")}</ul></li>`;

interface ProblemExample {
  readonly value: { readonly status: number; readonly title: string; readonly detail: string };
}

const everyProblem = new Set(["type", "title", "status", "detail", "code", "requestId"]);

const codeView = (code: string, { value }: ProblemExample): string => {
  const facts = Object.keys(value).filter((name) => !everyProblem.has(name));
  const told =
    facts.length === 0 ? "" : ` <small>tells ${facts.map((fact) => `<code>${fact}</code>`).join(" ")}</small>`;
  return `<dt id="code-${code}"><code>${code}</code> <span>${value.status}</span></dt><dd>${inline(`${value.title}. ${value.detail}`)}${told}</dd>`;
};

const schemasOf = ({ components: { schemas } }: OpenApiDocument): string =>
  Object.entries(schemas)
    .filter(([name]) => !name.endsWith("Request"))
    .map(([name, schema]) => namedSchemaView(name, schema as JsonObject))
    .join("");

const headersOf = ({ components: { parameters } }: OpenApiDocument): string =>
  Object.values<unknown>(parameters)
    .map((parameter) => parameterView(parameter as Parameter))
    .join("");

const credentialsOf = ({ components: { securitySchemes } }: OpenApiDocument): string =>
  Object.values<{ readonly description: string }>(securitySchemes)
    .map(({ description }) => `<li>${inline(description)}</li>`)
    .join("");

const codesOf = ({ components: { examples } }: OpenApiDocument): string =>
  Object.entries(examples)
    .map(([code, example]) => codeView(code, example as ProblemExample))
    .join("");

const bodyOf = (document: OpenApiDocument): string => {
  const { info, tags } = document;
  const operations = operationsOf(document);
  const parts = tags.map(({ name, description }) => ({
    ...{ name, description },
    operations: operations.filter((operation) => operation.tags.includes(name)),
  }));
  return `<a class="skip" href="#main">To the routes</a>
<header><h1><a href="/">Latchkey</a> API</h1> <span>version ${escaped(info.version)}</span>
<a href="/openapi.json">OpenAPI</a>
<search hidden><label for="search">Search routes</label> <input id="search" type="search" autocomplete="off" spellcheck="false" aria-describedby="found"> <output id="found" for="search"></output></search></header>
<div class="columns">
<nav aria-label="Routes"><details open><summary>Contents</summary><ul>
${parts.map(({ name, operations: own }) => linksOf(name, own)).join("\n")}
<li><a href="#headers">Headers</a></li><li><a href="#codes">Problem codes</a></li><li><a href="#schemas">Schemas</a></li></ul></details></nav>
<main id="main" tabindex="-1">
<section class="intro">${blocks(info.description)}
<p>In the lines for the shell, <code>$ADMIN_KEY</code> is an admin key and <code>$LATCHKEY</code>, where it stands, the origin of this page.</p>
<h2>Credentials</h2><ul>${credentialsOf(document)}</ul></section>
${parts.map(({ name, description, operations: own }) => partOf(name, description, own)).join("\n")}
<section id="headers"><h2>Request headers</h2><dl>${headersOf(document)}</dl></section>
<section id="codes"><h2>Problem codes</h2><dl>${codesOf(document)}</dl></section>
<section id="schemas"><h2>Schemas</h2>${schemasOf(document)}</section>
</main>
</div>`;
};

/** A page for people, made from the same document that programs read. */
export const docsPage = (document: OpenApiDocument): Promise<RenderedPage> =>
  renderPage({ title: "Latchkey API", style, script, body: bodyOf(document) });
