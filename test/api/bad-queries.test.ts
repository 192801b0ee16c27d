import { beforeAll, describe, expect, it } from "vitest";
import { type Manager, startManager } from "../support/manager.ts";
import { expectInvalid, expectProblem, expectRefusal } from "../support/problems.ts";
import { everyRoute, makeResources, type Resources, send } from "../support/route-examples.ts";

let manager: Manager;
let resources: Resources;

beforeAll(async () => {
  manager = await startManager();
  resources = await makeResources(manager);
});

const routesWithQuery = everyRoute.filter(({ parameters }) => parameters.length > 0);

describe.each(everyRoute)("$name", (route) => {
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
    expectInvalid(await send(manager, route, resources, { search: `?${search}` }), { parameter }, search);
  });
});

describe.each(routesWithQuery)("the query of $name", (route) => {
  const single = route.parameters.filter((name) => !route.repeatable.includes(name));
  const refusedAt = async (name: string, value: string) => {
    const answer = await send(manager, route, resources, { search: `?${name}=${value}` });
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
    const answer = await send(manager, route, resources, { search: `?${once}&${once}` });
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
      expectInvalid(await send(manager, route, resources, { search }), { parameter: name }, name);
    }
  });
});

it.each(everyRoute)("$name refuses a query of more names than anybody needs, and tells of few", async (route) => {
  const names = Array.from({ length: 10_000 }, (_, index) => `a${index}`);
  const many = await send(manager, route, resources, { search: `?${names.join("&")}` });
  expect([many.status, many.body.errors]).toEqual([400, [expect.objectContaining({ code: "too_many" })]]);
  const twice = names.slice(0, 90).flatMap((name) => [name, name]);
  const told = await send(manager, route, resources, { search: `?${twice.join("&")}` });
  expect([told.status, told.body.errors.length]).toEqual([400, 20]);
});

describe.each(everyRoute.filter(({ parameters }) => parameters.includes("cursor")))("$name", (route) => {
  it("refuses cursors it never made", async () => {
    for (const cursor of ["a", "A".repeat(60), `${"A".repeat(59)}=`, "A".repeat(5000), resources.key.id]) {
      const answer = await send(manager, route, resources, { search: `?cursor=${cursor}` });
      expectProblem(answer, 400, "invalid_cursor", cursor);
    }
  });
});
