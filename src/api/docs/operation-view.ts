import { escaped, escapedText } from "../html-page.ts";
import { curlOf } from "./curl.ts";
import { blocks, inline } from "./markdown.ts";
import type { Answer, Operation, Parameter } from "./operation.ts";
import { inRequests, memberView, schemaView, typeOf } from "./schema-view.ts";

const json = (value: unknown): string => escapedText(JSON.stringify(value, null, 2));

const example = (summary: string, value: unknown): string =>
  `<details><summary>${inline(summary)}</summary><pre tabindex="0">${json(value)}</pre></details>`;

export const parameterView = ({ name, in: place, required, description, schema }: Parameter): string =>
  memberView(name, schema, [place, ...(required ? ["required"] : [])].join(", "), description);

/** Headers mean the same wherever they are taken, so they are described once. */
const parametersView = ({ parameters }: Operation): string => {
  const own = parameters.filter((parameter) => parameter.in !== "header");
  const shared = parameters.filter((parameter) => parameter.in === "header");
  const links = shared.map(({ name }) => `<a href="#headers"><code>${escaped(name)}</code></a>`);
  const list = own.length === 0 ? "" : `<dl>${own.map(parameterView).join("")}</dl>`;
  return `<h4>Parameters</h4>${list}<p>Headers: ${links.join(" ")}</p>`;
};

const bodyView = ({ requestBody, bodySchema }: Operation): string => {
  const [media] = Object.values(requestBody?.content ?? {});
  if (!requestBody || !media || !bodySchema) return "";
  const types = Object.keys(requestBody.content).map((type) => `<code>${escaped(type)}</code>`);
  const examples = Object.values(media.examples ?? {}).map(({ summary, value }) =>
    example(`Example: ${summary}`, value),
  );
  return `<h4>Body</h4><p>${types.join(" or ")}${requestBody.required ? "" : ", or none at all"}</p>${schemaView(bodySchema, inRequests)}${examples.join("")}`;
};

const headerNames = ({ headers = {} }: Answer): string => {
  const names = Object.keys(headers).filter((name) => name !== "X-Request-Id");
  return names.length === 0
    ? ""
    : ` <small>with ${names.map((name) => `<code>${escaped(name)}</code>`).join(" ")}</small>`;
};

const successView = (status: string, answer: Answer): string => {
  const contents = Object.entries(answer.content ?? {}).map(([type, media]) => {
    const shown = media.example === undefined ? "" : example(`Example of ${status}`, media.example);
    const what = type === "text/html" ? "a page" : `${typeOf(media.schema)} <small>${escaped(type)}</small>`;
    return { what, shown };
  });
  const whats = contents.map(({ what }) => what).join(" or ");
  return (
    `<dt><b class="good">${escaped(status)}</b> <span>${whats || "no body"}</span></dt>` +
    `<dd>${inline(answer.description)}${headerNames(answer)}${contents.map(({ shown }) => shown).join("")}</dd>`
  );
};

const problemView = (status: string, { content = {} }: Answer): string => {
  const codes = Object.keys(content["application/problem+json"]?.examples ?? {});
  const links = codes.map((code) => `<a href="#code-${code}">${code}</a>`);
  return `<dt><b class="bad">${escaped(status)}</b></dt><dd>${links.join(" ")}</dd>`;
};

const answersView = ({ responses }: Operation): string => {
  const all = Object.entries(responses);
  const good = all.filter(([status]) => Number(status) < 400).map(([status, answer]) => successView(status, answer));
  const bad = all.filter(([status]) => Number(status) >= 400).map(([status, answer]) => problemView(status, answer));
  return `<h4>Answers</h4><dl>${good.join("")}</dl><dl class="problems">${bad.join("")}</dl>`;
};

export const methodView = (method: string): string => `<b class="method ${method.toLowerCase()}">${method}</b>`;

const pathView = (path: string): string => escaped(path).replaceAll("/", "/<wbr>");

export const operationView = (operation: Operation): string => {
  const { method, path, operationId, summary, description } = operation;
  return `<article id="${escaped(operationId)}" data-route="${escaped(`${method} ${path}`)}">
<h3><a href="#${escaped(operationId)}">${methodView(method)} <code>${pathView(path)}</code></a></h3>
<p class="summary">${inline(summary)}</p>
${blocks(description)}
<pre class="curl" tabindex="0">${curlOf(operation)}</pre>
${parametersView(operation)}${bodyView(operation)}${answersView(operation)}
</article>`;
};
