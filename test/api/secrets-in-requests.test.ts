import { beforeAll, describe, expect, it } from "vitest";
import { type Manager, startManager } from "../support/manager.ts";
import { expectProblem, expectRefusal } from "../support/problems.ts";
import {
  everyRoute,
  makeResources,
  type Resources,
  routesWithBody,
  send,
  sendText,
} from "../support/route-examples.ts";

let manager: Manager;
let resources: Resources;

beforeAll(async () => {
  manager = await startManager();
  resources = await makeResources(manager);
});

const escaped = (text: string): string =>
  Array.from(text, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`).join("");

/** Ways a key stands in a URL; every layer of escapes is one that some proxy takes off. */
const disguises: readonly (readonly [string, (key: string) => string])[] = [
  ["plainly", (key) => key],
  ["escaped", escaped],
  ["escaped in lower case", (key) => escaped(key).toLowerCase()],
  ["with its separators escaped", (key) => key.replaceAll("_", "%5F")],
  ["with one letter escaped", (key) => `${escaped(key.slice(0, 1))}${key.slice(1)}`],
  ["escaped twice", (key) => encodeURIComponent(escaped(key))],
  ["escaped three times", (key) => encodeURIComponent(encodeURIComponent(escaped(key)))],
  ["in the middle of something", (key) => `before-${key}-behind`],
  ["beside bytes that are no text", (key) => `%ff${escaped(key)}%fe`],
  ["beside a sign that escapes nothing", (key) => `%zz%${escaped(key)}`],
];

const theSecretOf = (key: string): string => key.split("_").at(-1)?.slice(0, 32) ?? "";

describe.each(disguises)("a key that stands in the URL %s", (_name, disguise) => {
  it.each(everyRoute)("is refused in the query of $name, whatever else is wrong, and not repeated", async (route) => {
    for (const key of [null, manager.adminKey]) {
      for (const search of [
        `?key=${disguise(resources.key.key)}`,
        `?${disguise(resources.key.key)}`,
        `?a=b&c=${disguise(manager.adminKey)}`,
      ]) {
        const answer = await send(manager, route, resources, { key, search });
        expectProblem(answer, 400, "secret_in_url");
        for (const { key: secret } of [resources.key, { key: manager.adminKey }])
          expect(answer.text).not.toContain(theSecretOf(secret));
      }
    }
  });

  it("is refused in the path, of a route or of none, with any method", async () => {
    for (const method of ["GET", "POST", "DELETE", "OPTIONS", "PROPFIND"]) {
      for (const path of ["/v1/keys/", "/v1/keys/x/", "/", "/unknown/"]) {
        const answer = await manager.request(`${path}${disguise(resources.key.key)}`, { method, key: null });
        expectProblem(answer, 400, "secret_in_url", path);
        expect(answer.text).not.toContain(theSecretOf(resources.key.key));
      }
    }
  });
});

describe("what is no whole key", () => {
  it("may stand in the URL: an id, a hint, a key without its end", async () => {
    for (const part of [resources.key.id, resources.key.hint, resources.key.key.slice(0, -1)]) {
      const answer = await manager.request(`/v1/keys?q=${part}`);
      expect([part, answer.body.code]).not.toEqual([part, "secret_in_url"]);
    }
  });
});

describe.each(routesWithBody)("a key sent to $name by mistake", (route) => {
  const expectNoSecret = (text: string, label: string): void => {
    expect([label, text.includes(theSecretOf(resources.key.key))]).toEqual([label, false]);
  };

  it("as a value of any member is not repeated by a refusal", async () => {
    for (const member of route.members) {
      for (const value of [
        resources.key.key,
        [resources.key.key],
        { [resources.key.key]: resources.key.key },
        `${resources.key.key}\0`,
      ]) {
        const json = { ...route.bodies[0], [member]: value, unexpected: resources.key.key };
        const answer = await send(manager, route, resources, { json });
        expectRefusal(answer, member);
        expectNoSecret(answer.text, member);
      }
    }
  });

  it("as the name of a member is not repeated, wherever in the name it stands", async () => {
    for (const padding of [0, 40, 55, 70, 85, 100, 115, 127, 140]) {
      const json = { ...route.bodies[0], [`${"-".repeat(padding)}${resources.key.key}`]: 1 };
      const answer = await send(manager, route, resources, { json });
      expectRefusal(answer, String(padding));
      expectNoSecret(answer.text, `${padding} characters before it`);
    }
  });

  it("as a part of the path to a forbidden name is not repeated", async () => {
    for (const wrong of ['"\\ud800"', '{"__proto__":1}', '"\\u0000"']) {
      const answer = await sendText(manager, route, resources, `{"${resources.key.key}":{"a":${wrong}}}`);
      expectRefusal(answer, wrong);
      expectNoSecret(answer.text, wrong);
    }
  });

  it("as X-Request-Id or Idempotency-Key is not repeated either", async () => {
    const headers = { "Idempotency-Key": resources.key.key, "X-Request-Id": resources.key.key };
    const answer = await send(manager, route, resources, { json: { unexpected: 1 }, headers });
    expectNoSecret(`${answer.text}${JSON.stringify([...answer.headers])}`, "headers");
  });
});
