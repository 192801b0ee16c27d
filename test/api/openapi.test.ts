import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { meanings, wireCodeOf } from "../../src/api/failures.ts";
import { describedRoutes, routes } from "../../src/api/router.ts";
import { checkBody } from "../../src/api/schema.ts";
import { document, resolved, schemaFaults } from "../support/documented.ts";
import { Manager, startManager } from "../support/manager.ts";
import { everyRoute, type RouteCase, written } from "../support/route-examples.ts";

// biome-ignore lint/suspicious/noExplicitAny: the document is read as any client reads it.
type Json = any;

let manager: Manager;

beforeAll(async () => {
  manager = await startManager();
});

const operationOf = ({ path, method }: RouteCase): Json =>
  document.paths[path.replace(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];

const parametersOf = (route: RouteCase): Json[] => operationOf(route).parameters.map(resolved);
const takesHeader = (route: RouteCase, name: string): boolean =>
  parametersOf(route).some((parameter) => parameter.in === "header" && parameter.name === name);

const operations = everyRoute.map((route) => ({ ...route, operation: operationOf(route) }));
const acts = operations.filter(({ hasBody, operation }) =>
  operation.security.some((scheme: object) => hasBody && "adminKey" in scheme),
);

const examplesOf = (route: RouteCase): Json[] => {
  const [media] = Object.values<Json>(operationOf(route).requestBody?.content ?? {});
  return Object.values<Json>(media?.examples ?? {}).map(({ value }) => value);
};

let roles = 0;

/** Something of the caller's own that the act is possible with, in the place of the path's parameter. */
const subjectFor = async ({ path, method }: RouteCase): Promise<string> => {
  if (path.startsWith("/v1/admins/:")) return (await manager.createAdmin()).id;
  if (path.startsWith("/v1/roles/:")) {
    roles += 1;
    if (method !== "PUT") await manager.saveRole(`role-${roles}`, { permissions: ["keys:read"] });
    return `role-${roles}`;
  }
  const { id } = await manager.createKey();
  if (path.includes("/rotation/")) await manager.rotate(id);
  if (method === "DELETE") await manager.revoke(id);
  return id;
};

interface Act {
  readonly send: (headers?: Readonly<Record<string, string>>) => ReturnType<Manager["request"]>;
}

/** The act, ready to be sent any number of times: by somebody of their own where it changes who asks. */
const actOf = async (route: RouteCase, json: unknown): Promise<Act> => {
  const { path, method } = route;
  const asker = path.startsWith("/v1/me") ? manager.as((await manager.createAdmin()).key) : manager;
  const filled = path.replace(/:\w+/, path.includes("/:") ? await subjectFor(route) : "");
  return { send: (headers = {}) => asker.request(filled, { method, ...written(route, { json, headers }) }) };
};

const everySchema = (value: unknown): Json[] => {
  if (typeof value !== "object" || value === null) return [];
  const within = Object.values(value).flatMap(everySchema);
  const { properties, schema, items } = value as Json;
  return [...Object.values(properties ?? {}), ...(schema ? [schema] : []), ...(items ? [items] : []), ...within];
};

describe("GET /openapi.json", () => {
  it("is the document, for anybody and for caches", async () => {
    const answer = await manager.request("/openapi.json", { key: null });
    expect(answer.status).toBe(200);
    expect(answer.body.openapi).toBe("3.1.1");
    expect(answer.body.paths).toEqual(document.paths);
    expect(answer.headers.get("Cache-Control")).toBe("public, max-age=300");
    expect((await manager.request("/openapi.json")).text).toBe(answer.text);
  });

  it("is there while nothing is configured", async () => {
    const bare = new Manager({ ENCRYPTION_KEY: "", HMAC_SECRET: "", SETUP_TOKEN: "" });
    expect((await bare.request("/readyz")).status).toBe(503);
    expect((await bare.request("/openapi.json")).status).toBe(200);
    expect((await bare.request("/docs")).status).toBe(200);
  });
});

describe("the document", () => {
  it("has each route once, under a name of its own", () => {
    const count = Object.values(document.paths).flatMap((path) => Object.keys(path as object)).length;
    expect(count).toBe(describedRoutes.length);
    expect(operations.filter(({ operation }) => operation === undefined)).toEqual([]);
    expect(new Set(describedRoutes.map(({ declaration }) => declaration.operationId)).size).toBe(count);
  });

  it.each(operations)("says everything of $name that was declared", ({ path, parameters, members, operation }) => {
    const declared = operation.parameters.map(resolved);
    const named = (place: string): string[] =>
      declared.filter((parameter: Json) => parameter.in === place).map(({ name }: Json) => name);
    expect(named("path")).toEqual(path.match(/(?<=:)\w+/g) ?? []);
    expect(named("query")).toEqual(parameters);
    for (const parameter of declared) expect(parameter.description).toMatch(/\S/);
    const [media] = Object.values<Json>(operation.requestBody?.content ?? {});
    expect(Object.keys(resolved(media?.schema ?? {}).properties ?? {})).toEqual(members);
    expect(Object.keys(media?.examples ?? {}).length > 0).toBe(members.length > 0);
  });

  it.each(operations)("says of $name what its credential can be refused with", ({ operation, needsCredential }) => {
    expect(operation.security.length > 0).toBe(needsCredential);
    expect(Object.keys(operation.responses).includes("401")).toBe(needsCredential);
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["400", "500"]));
  });

  it("tells every code there is, but those of what is no route", () => {
    const told = new Set(Object.keys(document.components.examples));
    const codes = Object.keys(meanings).map((code) => wireCodeOf(code as keyof typeof meanings));
    const missing = [...new Set(codes)].filter((code) => !told.has(code));
    expect(missing.toSorted()).toEqual(["method_not_allowed", "not_found"]);
  });

  it("leaves no value without a type, and no member without words where it is one of a request", () => {
    const schemas = everySchema(document);
    expect(schemas.length).toBeGreaterThan(200);
    expect(schemas.filter((schema) => Object.keys(schema).length === 0)).toEqual([]);
    const requests = Object.entries<Json>(document.components.schemas).filter(([name]) => name.endsWith("Request"));
    const silent = requests.flatMap(([name, { properties }]) =>
      Object.entries<Json>(properties).flatMap(([member, schema]) =>
        schema.description || schema.anyOf?.some((choice: Json) => choice.description) ? [] : [`${name}.${member}`],
      ),
    );
    expect(silent).toEqual([]);
  });

  it("shows only examples that are as its schemas say", () => {
    const faults = operations.flatMap(({ name, operation }) =>
      Object.values<Json>(operation.responses).flatMap((answer) =>
        Object.values<Json>(resolved(answer).content ?? {}).flatMap(({ schema, example, examples = {} }) => {
          const shown = [...(example === undefined ? [] : [example])];
          for (const one of Object.values(examples)) shown.push(resolved(one).value);
          return shown.flatMap((value) => schemaFaults(value, schema).map((fault) => `${name}: ${fault}`));
        }),
      ),
    );
    expect(faults).toEqual([]);
  });

  it.each(acts)("shows bodies that $name takes", async (route) => {
    for (const json of examplesOf(route)) {
      const { status } = await (await actOf(route, json)).send();
      expect([json, status]).toEqual([json, expect.toSatisfy((given: number) => given < 300)]);
    }
  });

  it.each(acts)("says truly whether an Idempotency-Key makes it happen once: $name", async (route) => {
    const act = await actOf(route, examplesOf(route)[0] ?? {});
    const headers = { "Idempotency-Key": `once-${operationOf(route).operationId}` };
    await act.send(headers);
    const again = await act.send(headers);
    expect(again.headers.has("Idempotent-Replayed")).toBe(takesHeader(route, "Idempotency-Key"));
  });

  it.each(acts)("says truly whether If-Match is looked at: $name", async (route) => {
    const act = await actOf(route, examplesOf(route)[0] ?? {});
    expect((await act.send({ "If-Match": '"999"' })).status === 412).toBe(takesHeader(route, "If-Match"));
  });
});

/** Members of requests whose rule is a pattern: what is code and what is told could differ. */
const patterned = routes.flatMap(({ declaration: { operationId, body } }) => {
  const name = `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Request`;
  const { shape = {} } = ((body ?? {}) as Json)._zod?.def ?? {};
  const told = document.components.schemas[name]?.properties ?? {};
  return Object.keys(shape).flatMap((member) => {
    const pattern = told[member]?.pattern ?? told[member]?.items?.pattern;
    if (!pattern?.startsWith("^")) return [];
    const isList = told[member].items !== undefined;
    return [{ name: `${operationId}.${member}`, schema: shape[member], told: told[member], pattern, isList }];
  });
});

describe("what the document says of a text", () => {
  it.each(patterned)("is what is checked: $name", ({ schema, told, pattern, isList }) => {
    const letters = fc.constantFrom(..."aZ09_.:*-/|@~+= \né\u{1f511}");
    const texts = fc.oneof(
      fc.stringMatching(new RegExp(pattern)),
      fc.string({ unit: letters, maxLength: 6 }),
      fc.string({ unit: letters, minLength: 120, maxLength: 140 }),
      fc.integer({ min: 15, max: 140 }).map((length) => "a".repeat(length)),
      fc.constantFrom("lk_admin", "lk_admin2", ""),
    );
    const holds = fc.property(texts, (text) => {
      const value = isList ? [text] : text;
      expect([text, checkBody(schema, value).ok]).toEqual([text, schemaFaults(value, told).length === 0]);
    });
    fc.assert(holds, { numRuns: 300 });
  });

  it("is compared for every kind of text that has a pattern", () => {
    expect(patterned.length).toBeGreaterThan(8);
  });
});
