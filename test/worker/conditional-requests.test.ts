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

  it("goes on where the version is among those named, or any will do", async () => {
    const manager = await startManager();
    for (const ifMatch of ['"3"', "*", '"2", "3"', '"none,of-ours","3"', '  "3"  ']) {
      const answer = await send(manager, await keyInVersion3(manager), act, ifMatch);
      expect([ifMatch, answer.status]).toEqual([ifMatch, usual]);
    }
  });

  it("is refused where it is not, and nothing changes", async () => {
    const manager = await startManager();
    const key = await keyInVersion3(manager);
    const before = (await manager.request(`/v1/keys/${key.id}`)).body;
    for (const ifMatch of ['"2"', '"4"', 'W/"3"', '"1", W/"3"', '"03"', '"3.0"', '""', '"none,of-ours"']) {
      const { status, body } = await send(manager, key, act, ifMatch);
      expect([ifMatch, status, body.code, body.version]).toEqual([ifMatch, 412, "version_mismatch", 3]);
    }
    expect((await manager.request(`/v1/keys/${key.id}`)).body).toEqual(before);
  });

  it("is a bad request where the header is ill-formed", async () => {
    const manager = await startManager();
    const key = await manager.createKey();
    for (const ifMatch of ["3", '"3', "'3'", '"3" "4"', "", ","]) {
      const { status, body } = await send(manager, key, act, ifMatch);
      expect([ifMatch, status, body.errors]).toMatchObject([ifMatch, 400, [{ header: "If-Match" }]]);
    }
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
