import { beforeAll, describe, expect, it } from "vitest";
import { type Manager, startManager } from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import { everyRoute, idOf, makeResources, pathOf, type Resources, send } from "../support/route-examples.ts";

let manager: Manager;
let resources: Resources;

beforeAll(async () => {
  manager = await startManager();
  resources = await makeResources(manager);
});

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const byPath = Map.groupBy(everyRoute, ({ path }) => path);

describe.each([...byPath])("the path %s", (_path, routes) => {
  const declared = routes.map(({ method }) => method);
  const allowed = [...declared, ...(declared.includes("GET") ? ["HEAD"] : []), "OPTIONS"];
  const shownPath = (): string => routes.map((route) => pathOf(route, resources))[0] ?? "";

  it("names its methods to OPTIONS, without a credential", async () => {
    const answer = await manager.request(shownPath(), { method: "OPTIONS", key: null });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(answer.headers.get("Allow")?.split(", ").toSorted()).toEqual(allowed.toSorted());
  });

  it.each([...methods, "HEAD", "PROPFIND"].filter((method) => !allowed.includes(method)))(
    "refuses %s",
    async (method) => {
      for (const key of [null, manager.adminKey]) {
        const answer = await manager.request(shownPath(), { method, key });
        expect(answer.status).toBe(405);
        if (method !== "HEAD") expectProblem(answer, 405, "method_not_allowed");
        expect(answer.headers.get("Allow")?.split(", ").toSorted()).toEqual(allowed.toSorted());
      }
    },
  );

  it("is not found with a slash behind it, doubled, in capitals, or with more behind it", async () => {
    const shown = shownPath();
    const others = [
      `${shown}/more/and/more`,
      `/${shown}`,
      ...(shown === "/" ? [] : [`${shown}/`, `${shown}//`, shown.toUpperCase()]),
    ];
    for (const other of others) {
      for (const method of methods) expectProblem(await manager.request(other, { method }), 404, "not_found", other);
    }
  });
});

const getRoutes = everyRoute.filter(({ method }) => method === "GET");

describe.each(getRoutes)("HEAD of $path", (route) => {
  it("answers as GET does, without the body", async () => {
    const head = await send(manager, route, resources, { method: "HEAD" });
    const get = await send(manager, route, resources);
    expect([head.status, head.text]).toEqual([get.status, ""]);
    for (const name of ["Content-Type", "ETag", "Cache-Control"]) {
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
    }
  });

  it("is refused as GET is, without the body", async () => {
    const search = "?key=acme_live_0V3bQk1AA00000000000_00000000000000000000000000000000000000000119T7V";
    const answer = await send(manager, route, resources, { method: "HEAD", search });
    expect([answer.status, answer.text]).toEqual([400, ""]);
  });
});

describe("unknown paths", () => {
  it.each([
    ...[
      "/v1",
      "/v1/",
      "/v1/unknown",
      "/v2/keys",
      "/v1/keys/x/unknown",
      "/index.html",
      "/favicon.ico",
      "/.env",
      "/admin",
    ],
    ...[
      "/v1/keys%2F",
      "/v1/%00",
      "/v1/%ff",
      "/v1/keys%00",

      "/v1//keys",
      "/v1/keys;a=b",
      "/*",
      "/:id",
    ],
    ...["/v1/__proto__", "/constructor", "/v1/keys/x/revoke/", `/${"a".repeat(8000)}`, "/v1/keys.json"],
  ])("%s are not found, with or without a credential", async (path) => {
    for (const key of [null, manager.adminKey]) {
      expectProblem(await manager.request(path, { key }), 404, "not_found", path);
    }
  });
});

const idsBadly = (id: string): string[] => [
  ...["x", id.slice(0, 4), id.slice(4), id.slice(0, -1), `${id}0`, id.toUpperCase(), `${id.slice(0, -1)}-`],
  ...[id.replace("key_", "adm_"), id.replace("adm_", "key_")].filter((other) => other !== id),
];

const namesBadly = (name: string): string[] => [
  ...["X", "1a", "_a", "-a", "a.b", "a%20b", "a".repeat(65), `${name}%20`, name.toUpperCase(), "%C3%A9", "a:b"],
];

const nowhere = ["%00", "%ff", "%F0%9F%94%91", "__proto__", "..%2f..", "a".repeat(4000), "*"];

describe.each(everyRoute.filter(({ resource }) => resource !== null))("$name", (route) => {
  const code = `${route.resource}_not_found`;

  it("finds nothing under what is not well formed", async () => {
    const known = idOf(route, resources);
    const others = route.resource === "role" ? namesBadly(known) : idsBadly(known);
    for (const other of [...others, ...nowhere, `${known}%0a`]) {
      expectProblem(await send(manager, route, other), 404, code, other);
    }
  });
});

describe.each(everyRoute.filter(({ resource }) => resource === "key" || resource === "admin"))("$name", (route) => {
  it("finds nothing under well-formed ids of nobody, in any shard, one there is not, and among the admins", async () => {
    for (const place of ["00", "03", "04", "0z", "40", "zz", "zy"]) {
      const other = `${idOf(route, resources).slice(0, 12)}${place}${"0".repeat(10)}`;
      expectProblem(await send(manager, route, other), 404, `${route.resource}_not_found`, other);
    }
  });
});

describe.each(everyRoute.filter(({ resource, method }) => resource === "role" && method !== "PUT"))(
  "$name",
  (route) => {
    it("finds nothing under names of no role, those of every object in JavaScript too", async () => {
      for (const name of ["nobody", "constructor", "valueof", "a", "a".repeat(64), "owner-", "example_"]) {
        expectProblem(await send(manager, route, name), 404, "role_not_found", name);
      }
    });
  },
);
