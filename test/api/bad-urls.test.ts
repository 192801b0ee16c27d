import { beforeAll, describe, expect, it } from "vitest";
import { type CreatedKey, type Manager, startManager } from "../support/manager.ts";
import { expectInvalid, expectProblem, expectRefusal } from "../support/problems.ts";
import { everyRoute, send } from "../support/route-examples.ts";

let manager: Manager;
let created: CreatedKey;

beforeAll(async () => {
  manager = await startManager();
  created = await manager.createKey();
});

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const paths = [...new Set(everyRoute.map(({ path }) => path))];
const routesWithQuery = everyRoute.filter(({ parameters }) => parameters.length > 0);
const strictRoutes = everyRoute.filter(({ path }) => path.startsWith("/v1/"));
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

describe.each(strictRoutes)("$name", (route) => {
  it.each([
    "unexpected=1",
    "unexpected",
    "__proto__=1",
    "constructor=1",
    "Limit=1",
    "limit[]=1",
    "=1",
    "%F0%9F%94%91=1",
  ])("refuses the unknown query parameter %s, and names it", async (search) => {
    const [[parameter = ""] = []] = [...new URLSearchParams(search)];
    expectInvalid(await send(manager, route, created.id, { search: `?${search}` }), { parameter }, search);
  });
});

describe.each(routesWithQuery)("the query of $name", (route) => {
  const single = route.parameters.filter((name) => !route.repeatable.includes(name));
  const refusedAt = async (name: string, value: string) => {
    const answer = await send(manager, route, created.id, { search: `?${name}=${value}` });
    if (name === "cursor" && answer.body.code === "invalid_cursor") expectRefusal(answer);
    else expectInvalid(answer, { parameter: name }, `${name}=${value.slice(0, 20)}`);
  };

  it.each(["0", "201", "1e2", "-1", "1.5", "+1", "01", "0x10", "", "%201", "1%20", "%D9%A5", "NaN", "9".repeat(400)])(
    "refuses the limit %j",
    async (limit) => {
      await refusedAt("limit", limit);
    },
  );

  it.each(single)("refuses %s given twice, even with the same value", async (name) => {
    const once = `${name}=${encodeURIComponent(route.query[name] ?? "")}`;
    const answer = await send(manager, route, created.id, { search: `?${once}&${once}` });
    expectInvalid(answer, { parameter: name, code: "repeated" }, name);
  });

  it.each(route.parameters)("refuses %s that is empty, too long or no text", async (name) => {
    for (const value of ["", "%00", "a%00", "%FF", "%ED%A0%80", "%C0%80", "%E2%80%AE", "a".repeat(5000), "%"]) {
      await refusedAt(name, value);
    }
  });

  it("refuses more values of one parameter than anybody needs", async () => {
    for (const name of route.repeatable) {
      const search = `?${Array.from({ length: 200 }, () => `${name}=${route.query[name]}`).join("&")}`;
      expectInvalid(await send(manager, route, created.id, { search }), { parameter: name }, name);
    }
  });

  it("refuses cursors it never made", async () => {
    for (const cursor of ["a", "A".repeat(60), `${"A".repeat(59)}=`, "A".repeat(5000), created.id]) {
      const answer = await send(manager, route, created.id, { search: `?cursor=${cursor}` });
      expectProblem(answer, 400, "invalid_cursor", cursor);
    }
  });
});
