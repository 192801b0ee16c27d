import { meanings, type ProblemCode } from "../failures.ts";
import type { ProblemFact } from "../problem-answer.ts";
import { refusalsOf } from "../refusals.ts";
import type { AnyDeclaration } from "../route.ts";
import { headersNamed } from "./answers.ts";
import type { JsonObject } from "./schemas.ts";

/** Also the shape of each fact, for those who read examples rather than schemas. */
const factExamples: Readonly<Record<ProblemFact, unknown>> = {
  id: "key_0Vb3Zt2a7B3cD5eF7gHk",
  name: "support",
  permission: "keys:create",
  reason: "expired",
  version: 4,
  successor: "key_0Vb3aXyz01k93qfKF50N",
  keyStatus: "active",
  missing: ["users:read"],
  settings: ["HMAC_SECRET"],
  problems: [{ name: "HMAC_SECRET", detail: "HMAC_SECRET is missing: set it as a secret of the Worker." }],
};

const anError = { pointer: "#/name", code: "required", detail: "is required" };

const exampleOf = (code: ProblemCode): JsonObject => {
  const { status, title, detail, facts = [] } = meanings[code];
  const value = {
    ...{ type: `urn:problem-type:latchkey:${code}`, title, status, detail, code },
    requestId: "ce22d2c7-7d70-44dd-a0e1-71c5e91e078b",
    ...(code === "invalid_request" ? { errors: [anError] } : {}),
    ...Object.fromEntries(facts.map((fact) => [fact, factExamples[fact]])),
  };
  return { summary: title, value };
};

const extraHeaders: Readonly<Record<number, string>> = {
  401: "WWW-Authenticate",
  429: "Retry-After",
  503: "Retry-After",
};

/** Refusals for a gateway tell the verdict in a header, because some gateways pass on nothing else. */
const gatewayHeaders = (status: number): string[] => ["X-Auth-Code", ...(status === 403 ? ["WWW-Authenticate"] : [])];

const responseOf = (status: number, codes: readonly ProblemCode[], more: readonly string[]): JsonObject => {
  const narrowed = { type: "object", properties: { status: { const: status }, code: { enum: codes } } };
  const extra = extraHeaders[status];
  return {
    description: codes.map((code) => `\`${code}\`: ${meanings[code].title}.`).join(" "),
    headers: headersNamed([...(extra ? [extra] : []), ...more]),
    content: {
      "application/problem+json": {
        schema: { allOf: [{ $ref: "#/components/schemas/Problem" }, narrowed] },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
};

const inPascalCase = (code: string): string =>
  code.replace(/(?:^|_)([a-z])/g, (_start, letter: string) => letter.toUpperCase());

export interface Problems {
  readonly responses: JsonObject;
  readonly examples: JsonObject;
  /** What a route refuses, by status; routes that refuse alike share the response. */
  write(declaration: AnyDeclaration): JsonObject;
}

export const newProblems = (): Problems => {
  const responses: JsonObject = {};
  const examples: JsonObject = {};
  const shared = (status: number, codes: readonly ProblemCode[], isForGateway: boolean): JsonObject => {
    const name = `${codes.map(inPascalCase).join("Or")}${isForGateway ? "ForGateway" : ""}`;
    responses[name] ??= responseOf(status, codes, isForGateway ? gatewayHeaders(status) : []);
    for (const code of codes) examples[code] ??= exampleOf(code);
    return { $ref: `#/components/responses/${name}` };
  };
  const write = (declaration: AnyDeclaration): JsonObject => {
    const byStatus = Map.groupBy(refusalsOf(declaration), (code) => meanings[code].status);
    const isForGateway = declaration.access === "gateway";
    return Object.fromEntries([...byStatus].map(([status, codes]) => [status, shared(status, codes, isForGateway)]));
  };
  return { responses, examples, write };
};
