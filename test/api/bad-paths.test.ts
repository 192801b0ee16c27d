import { beforeAll, describe, expect, it } from "vitest";
import { type CreatedKey, type Manager, startManager } from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";
import { everyRoute, send } from "../support/route-examples.ts";

let manager: Manager;
let created: CreatedKey;

beforeAll(async () => {
  manager = await startManager();
  created = await manager.createKey();
});

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const paths = [...new Set(everyRoute.map(({ path }) => path))];
const routesWithId = everyRoute.filter(({ hasId }) => hasId);

const methodsAt = (path: string): string[] =>
  everyRoute.filter((route) => route.path === path).map(({ method }) => method);

describe.each(paths)("the path %s", (path) => {
  const declared = methodsAt(path);
  const allowed = [...declared, ...(declared.includes("GET") ? ["HEAD"] : []), "OPTIONS"];
  const at = (id: string): string => path.replace(":id", id);

  it("names its methods to OPTIONS, without a credential", async () => {
    const answer = await manager.request(at(created.id), { method: "OPTIONS", key: null });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(answer.headers.get("Allow")?.split(", ").toSorted()).toEqual(allowed.toSorted());
  });

  it.each([...methods, "HEAD", "PROPFIND"].filter((method) => !allowed.includes(method)))(
    "refuses %s",
    async (method) => {
      for (const key of [null, manager.adminKey]) {
        const answer = await manager.request(at(created.id), { method, key });
        expect(answer.status).toBe(405);
        if (method !== "HEAD") expectProblem(answer, 405, "method_not_allowed");
        expect(answer.headers.get("Allow")?.split(", ").toSorted()).toEqual(allowed.toSorted());
      }
    },
  );

  it("is not found with a slash behind it, doubled, in capitals, or with more behind it", async () => {
    const shown = at(created.id);
    const others = [
      `${shown}/more/and/more`,
      `/${shown}`,
      ...(path === "/" ? [] : [`${shown}/`, `${shown}//`, shown.toUpperCase()]),
    ];
    for (const other of others) {
      for (const method of methods) expectProblem(await manager.request(other, { method }), 404, "not_found", other);
    }
  });
});

const getRoutes = everyRoute.filter(({ method }) => method === "GET");

describe.each(getRoutes)("HEAD of $path", (route) => {
  it("answers as GET does, without the body", async () => {
    const head = await send(manager, route, created.id, { method: "HEAD" });
    const get = await send(manager, route, created.id);
    expect([head.status, head.text]).toEqual([get.status, ""]);
    for (const name of ["Content-Type", "ETag", "Cache-Control"]) {
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
    }
  });

  it("is refused as GET is, without the body", async () => {
    const search = "?key=acme_live_0V3bQk1AA00000000000_00000000000000000000000000000000000000000119T7V";
    const answer = await send(manager, route, created.id, { method: "HEAD", search });
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

describe.each(routesWithId)("$name", (route) => {
  const ids = (id: string): string[] => [
    ...["x", "key_", id.slice(4), id.slice(0, -1), `${id}0`, id.replace("key_", "adm_"), id.toUpperCase()],
    ...[`${id.slice(0, -1)}-`, "%00", "%ff", "%F0%9F%94%91", "__proto__", "..%2f..", "a".repeat(4000), "*", `${id}%0a`],
  ];

  it("finds nothing under an id that is not well formed", async () => {
    for (const id of ids(created.id)) expectProblem(await send(manager, route, id), 404, "key_not_found", id);
  });

  it("finds nothing under well-formed ids of nobody, in a shard there is not, and of an admin", async () => {
    const { id } = created;
    for (const place of ["00", "03", "04", "0z", "40", "zz", "zy"]) {
      const other = `${id.slice(0, 12)}${place}${"0".repeat(10)}`;
      expectProblem(await send(manager, route, other), 404, "key_not_found", other);
    }
  });
});
