import { beforeAll, describe, expect, it } from "vitest";
import { expectDeclared } from "../support/declared-answers.ts";
import { type Manager, startManager } from "../support/manager.ts";
import { expectInvalid, expectRefusal } from "../support/problems.ts";
import {
  everyRoute,
  exampleNames,
  makeResources,
  type Resources,
  type RouteCase,
  routesWithBody,
  send,
  sendExample,
  sendText,
} from "../support/route-examples.ts";

let manager: Manager;
let resources: Resources;

beforeAll(async () => {
  manager = await startManager();
  resources = await makeResources(manager);
});

type Member = { readonly name: string; readonly value: unknown; readonly body: Readonly<Record<string, unknown>> };

/** Every member of a route's body with a good value, in a request that is in order. */
const membersOf = ({ bodies, members }: RouteCase): Member[] =>
  members.flatMap((name) => {
    const body = bodies.find((candidate) => Object.hasOwn(candidate, name));
    return body ? [{ name, value: body[name], body }] : [];
  });

const kindOf = (value: unknown): string => (Array.isArray(value) ? "list" : value === null ? "null" : typeof value);

const ofEveryKind: readonly unknown[] = [null, true, 7, 1.5, "", "text", [], ["text"], {}, { text: "text" }];

const wrongFor = (value: unknown, isNullable: boolean): readonly unknown[] =>
  ofEveryKind.filter((candidate) => kindOf(candidate) !== kindOf(value) && !(isNullable && candidate === null));

const tooMuch: Readonly<Record<string, (value: unknown) => unknown[]>> = {
  string: () => ["a".repeat(10_000), "🔑".repeat(10_000)],
  list: (value) => [Array.from({ length: 1000 }, () => (value as unknown[])[0]), ["a".repeat(10_000)], [""]],
  object: () => [{ text: "a".repeat(5000) }, Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [at, at]))],
  number: () => [1e15, 2 ** 53, 1e308, -1, 0.5],
  boolean: () => [],
};

const holdsEmptyText = (value: unknown): boolean => Array.isArray(value) && value[0] === "";

/** Where it is refused: a list that is not too long at its entry, an object whose members are known at one of them. */
const placeOf = (name: string, wrong: unknown): string => {
  if (name === "constraint") return expect.stringMatching(/^#\/constraint\//) as unknown as string;
  return Array.isArray(wrong) && wrong.length === 1 ? `#/${name}/0` : `#/${name}`;
};

const tooMuchFor = ({ anyText, anyEntry }: RouteCase, name: string, value: unknown) => {
  const wrongs = anyText.includes(name) ? [] : (tooMuch[kindOf(value)]?.(value) ?? []);
  return wrongs
    .filter((wrong) => !(anyEntry.includes(name) && holdsEmptyText(wrong)))
    .map((wrong) => ({ wrong, pointer: placeOf(name, wrong) }));
};

const asText = (body: object, name: string, json: string): string =>
  JSON.stringify({ ...body, [name]: "here" }).replace('"here"', () => json);

describe("every route", () => {
  it("has an example, and every example a route", () => {
    expect(exampleNames.toSorted()).toEqual(everyRoute.map(({ name }) => name).toSorted());
  });

  it.each(everyRoute)("$name answers a request that is in order", async (route) => {
    expect(membersOf(route).map(({ name }) => name)).toEqual(route.members);
    expect(Object.keys(route.query).toSorted()).toEqual(route.parameters.toSorted());
    const bodies = route.bodies.length > 0 ? route.bodies : [undefined];
    for (const json of bodies) {
      const answer = await sendExample(manager, route, { json });
      expect(answer.status).toBe(route.example?.status);
      expectDeclared(route, answer);
    }
  });
});

describe.each(routesWithBody)("$name", (route) => {
  const members = membersOf(route);
  const texts = members.filter(({ name, value }) => kindOf(value) === "string" && !route.anyText.includes(name));

  it("refuses every member of a wrong type, and names it", async () => {
    for (const { name, value, body } of members) {
      for (const wrong of wrongFor(value, route.nullable.includes(name))) {
        const answer = await send(manager, route, resources, { json: { ...body, [name]: wrong } });
        expectInvalid(answer, { pointer: `#/${name}` }, `${name}: ${JSON.stringify(wrong)}`);
      }
    }
  });

  it("refuses an entry of a wrong type in every list, and names it", async () => {
    for (const { name, value, body } of members.filter((member) => kindOf(member.value) === "list")) {
      for (const wrong of [null, 7, {}, []]) {
        const entries = value as unknown[];
        const json = { ...body, [name]: [...entries, wrong] };
        const pointer = `#/${name}/${entries.length}`;
        expectInvalid(await send(manager, route, resources, { json }), { pointer }, name);
      }
    }
  });

  it("refuses every member that is too long, too large or too small, and names it", async () => {
    for (const { name, value, body } of members) {
      for (const { wrong, pointer } of tooMuchFor(route, name, value)) {
        const answer = await send(manager, route, resources, { json: { ...body, [name]: wrong } });
        expectInvalid(answer, { pointer }, `${name}: ${JSON.stringify(wrong).slice(0, 40)}`);
      }
    }
  });

  it("refuses a member it does not know, and names it", async () => {
    for (const body of route.bodies) {
      for (const name of ["unexpected", "constructor", "Name", "key ", "a/b~c", "", "é"]) {
        const answer = await send(manager, route, resources, { json: { ...body, [name]: 1 } });
        const pointer = `#/${encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"))}`;
        expectInvalid(answer, { pointer }, name);
      }
    }
  });

  it("refuses a body that is no object", async () => {
    for (const json of [null, true, 7, "text", [], [{}]]) {
      expectInvalid(await send(manager, route, resources, { body: JSON.stringify(json), headers: asJson }), {
        pointer: "#",
      });
    }
  });

  it("refuses null characters, halves of surrogate pairs and text-direction overrides in its texts", async () => {
    for (const { name, body } of texts) {
      for (const json of [
        '"a\\u0000b"',
        '"a\\ud800b"',
        '"\\udfff"',
        '"a\\u202eb"',
        '"a\\u2066b"',
        '"a\\nb"',
        '"\\u001b[2J"',
      ]) {
        const answer = await sendText(manager, route, resources, asText(body, name, json));
        expectInvalid(answer, { pointer: `#/${name}` }, `${name}: ${json}`);
      }
    }
  });

  it("refuses null characters and halves of surrogate pairs in the names of members", async () => {
    for (const name of ["\\u0000", "\\ud800", "a\\udfffb"]) {
      expectRefusal(await sendText(manager, route, resources, `{"${name}":1}`), name);
    }
  });

  it("refuses a member called __proto__, at any depth", async () => {
    for (const { name, body } of members) {
      for (const json of ['{"__proto__":{"a":1}}', '{"a":[{"b":{"__proto__":null}}]}', '[{"__proto__":1}]']) {
        const answer = await sendText(manager, route, resources, asText(body, name, json));
        expectInvalid(
          answer,
          { pointer: expect.stringMatching(/^#\/.*\/__proto__$/) as unknown as string },
          `${name}: ${json}`,
        );
      }
    }
    expectInvalid(await sendText(manager, route, resources, '{"__proto__":{"name":"a"}}'), { pointer: "#/__proto__" });
  });
});

const asJson = { "Content-Type": "application/json" };
