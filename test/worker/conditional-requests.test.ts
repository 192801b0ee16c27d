import { afterEach, describe, expect, it } from "vitest";
import { type CreatedKey, forgetEverything, type Manager, startManager } from "../support/manager.ts";

afterEach(forgetEverything);

/** Every request that changes one key, and what a fresh active key answers it with. */
const acts: readonly [string, string, string, unknown, number][] = [
  ["PATCH", "PATCH", "", { name: "Renamed" }, 200],
  ["rotate", "POST", "/rotate", {}, 201],
  ["revoke", "POST", "/revoke", {}, 200],
  ["reveal", "POST", "/reveal", { reason: "asked for" }, 200],
  ["finish", "POST", "/rotation/finish", {}, 409],
  ["cancel", "POST", "/rotation/cancel", {}, 409],
  ["DELETE", "DELETE", "", undefined, 409],
];

const send = (
  manager: Manager,
  { id }: Pick<CreatedKey, "id">,
  [, method, path, json]: (typeof acts)[number],
  ifMatch: string,
) =>
  manager.request(`/v1/keys/${id}${path}`, {
    method,
    headers: { "If-Match": ifMatch },
    ...(json === undefined ? {} : { json }),
  });

/** A key in version 3. */
const keyInVersion3 = async (manager: Manager): Promise<CreatedKey> => {
  const key = await manager.createKey();
  await manager.patch(key.id, { name: "Second" });
  const third = await manager.patch(key.id, { name: "Third" });
  expect(third.headers.get("ETag")).toBe('"3"');
  return key;
};

describe.each(acts)("%s with If-Match", (...act) => {
  const [, , , , usual] = act;

  it.each(['"3"', "*", '"2", "3"', '"none,of-ours","3"', '  "3"  '])("goes on for %s", async (ifMatch) => {
    const manager = await startManager();
    expect((await send(manager, await keyInVersion3(manager), act, ifMatch)).status).toBe(usual);
  });

  it.each(['"2"', '"4"', 'W/"3"', '"1", W/"3"', '"03"', '"3.0"', '""', '"none,of-ours"'])(
    "is refused for %s, and nothing changes",
    async (ifMatch) => {
      const manager = await startManager();
      const key = await keyInVersion3(manager);
      const before = (await manager.request(`/v1/keys/${key.id}`)).body;
      const answer = await send(manager, key, act, ifMatch);
      expect([answer.status, answer.body.code, answer.body.version]).toEqual([412, "version_mismatch", 3]);
      expect((await manager.request(`/v1/keys/${key.id}`)).body).toEqual(before);
    },
  );

  it.each(["3", '"3', "'3'", '"3" "4"', "", ","])("is a bad request for %o", async (ifMatch) => {
    const manager = await startManager();
    const answer = await send(manager, await manager.createKey(), act, ifMatch);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ header: "If-Match" }]);
  });

  it("does not tell versions of keys that are not there", async () => {
    const manager = await startManager();
    const { id } = await manager.createKey();
    const other = { id: `${id.slice(0, -1)}${id.endsWith("a") ? "b" : "a"}` };
    expect((await send(manager, other, act, '"3"')).status).toBe(404);
  });
});

describe("two writers who read the same version", () => {
  it("do not both win", async () => {
    const manager = await startManager();
    const key = await manager.createKey();
    const headers = { "If-Match": '"1"' };
    const write = (name: string) => manager.request(`/v1/keys/${key.id}`, { method: "PATCH", json: { name }, headers });
    const answers = await Promise.all(["One", "Two", "Three", "Four"].map(write));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412]);
    const winner = answers.find(({ status }) => status === 200)?.body.name;
    expect((await manager.request(`/v1/keys/${key.id}`)).body).toMatchObject({ name: winner, version: 2 });
  });
});
