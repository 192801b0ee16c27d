import type { Key, LatchkeyProblem } from "latchkey/client";
import { afterEach, describe, expect, it } from "vitest";
import { openApiDocument } from "../../src/api/openapi/document.ts";
import { routes } from "../../src/api/router.ts";
import { forgetEverything } from "../support/manager.ts";
import { type RealClient, startClient } from "../support/rest-client.ts";
import { advance } from "../support/session.ts";

afterEach(forgetEverything);

/** For a browser, a gateway or people, or before there is an admin key. */
const notOfTheClient =
  /^\/(v1\/(sessions?|setup|recovery|introspect|forward-auth(\/.*)?)|healthz|readyz|openapi\.json|docs)?$/;

const liveAsKey = async ({ latchkey: { keys } }: RealClient): Promise<void> => {
  const { id } = await keys.create({ name: "Server", owner: "acct_1" });
  const { id: successor, replaced } = await keys.rotate(id, { graceSeconds: 60 });
  expect(replaced.id).toBe(id);
  await keys.cancelRotation(id);
  await keys.rotate(id);
  expect((await keys.finishRotation(id)).status).toBe("rotated");
  await keys.delete(id);
  expect((await keys.get(successor)).status).toBe("revoked");

  const another = await keys.create({ name: "Other", owner: "acct_1" });
  expect((await keys.update(another.id, { metadata: { team: "a" } })).metadata).toEqual({ team: "a" });
  expect((await keys.reveal(another.id, { reason: "lost" })).key).toBe(another.key);
  expect((await keys.bulk({ ids: [another.id], action: "disable" })).results).toEqual([{ id: another.id, ok: true }]);
  expect((await keys.revoke(another.id, { reason: "leaked" })).alsoRevoked).toEqual([]);
  expect((await keys.list({ status: ["revoked"] }).page()).items.length).toBeGreaterThan(0);
};

const liveAsAdmin = async ({ latchkey }: RealClient): Promise<void> => {
  const { admins, roles, me } = latchkey;
  await roles.save("support", { permissions: ["keys:read"], constraint: { owners: ["acct_*"] } });
  expect((await roles.get("support")).builtIn).toBe(false);
  const { id } = await admins.create({ name: "Robin", roles: ["auditor"] });
  expect((await admins.update(id, { roles: ["auditor", "validator"] })).roles).toHaveLength(2);
  const rotated = await admins.rotate(id);
  expect((await admins.get(rotated.id)).rotation.predecessor).toBe(id);
  await admins.revoke(rotated.id);
  await roles.delete("support");
  expect((await me.get()).permissions).toContain("keys:create");
  const names: string[] = [];
  for await (const { name } of admins.list()) names.push(name);
  expect(names).toContain("Robin");
  expect((await roles.list().page()).items.length).toBeGreaterThan(4);
  expect((await me.rotate()).key).toMatch(/^lk_admin_/);
};

describe("the REST client", () => {
  it("has a method for every operation of the API", async () => {
    const client = await startClient();
    await liveAsKey(client);
    await liveAsAdmin(client);
    const made = await client.latchkey.keys.create({ name: "Third", owner: "acct_1", scopes: ["orders:*"] });
    const verdict = await client.latchkey.validate({ key: made.key, scopes: ["orders:read"] });
    expect(verdict.valid && verdict.owner).toBe("acct_1");
    expect((await client.latchkey.keys.usage(made.id)).buckets).toBeInstanceOf(Array);
    expect((await client.latchkey.stats()).keys.byStatus.active).toBeGreaterThan(0);
    expect((await client.latchkey.events.list({ keyId: made.id }).page()).items[0]?.type).toBe("key.created");
    expect((await client.latchkey.events.verify()).intact).toBe(true);
    expect((await client.latchkey.system.get()).fingerprints).toHaveLength(2);
    expect((await client.latchkey.system.pauseReencryption()).state).toBe("idle");
    expect((await client.latchkey.system.startReencryption()).state).toBe("running");
    expect(await client.latchkey.system.reencryption()).toMatchObject({ quarantined: [] });

    const reached = (operation: string) => client.sent.some((sent) => new RegExp(`^${operation}$`).test(sent));
    const operations = Object.entries(openApiDocument(routes, "").paths)
      .filter(([path]) => !notOfTheClient.test(path))
      .flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, "[^/]+")}`),
      );
    expect(operations.length).toBeGreaterThan(20);
    expect(operations.filter((operation) => !reached(operation))).toEqual([]);
  });

  it("walks a list page by page, and answers single pages", async () => {
    const { latchkey, sent } = await startClient();
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      made.unshift((await latchkey.keys.create({ name: "A", owner: "o" })).id);
      advance(1);
    }
    sent.length = 0;
    const list = latchkey.keys.list({ limit: 2, owner: ["o", "p"] });
    expect(sent).toEqual([]);

    const walked: Key[] = [];
    for await (const key of list) walked.push(key);
    const sizes: number[] = [];
    for await (const { items } of list.pages()) sizes.push(items.length);
    const first = await list.page();
    const second = await latchkey.keys.list({ limit: 2, owner: ["o", "p"], cursor: first.nextCursor ?? "" }).page();

    expect(walked.map(({ id }) => id)).toEqual(made);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(5);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(made.slice(0, 4));
  });

  it("changes only the version it read, when it is told which", async () => {
    const { latchkey } = await startClient();
    const { id, version } = await latchkey.keys.create({ name: "A", owner: "o" });
    await latchkey.keys.update(id, { name: "B" }, { ifVersion: version });
    const late = latchkey.keys.update(id, { name: "C" }, { ifVersion: version });

    await expect(late).rejects.toMatchObject({ code: "version_mismatch", status: 412, facts: { version: 2 } });
  });

  it("reaches a route it has no method for", async () => {
    const { latchkey } = await startClient();
    expect(await latchkey.send({ method: "GET", path: "/healthz" })).toEqual({ status: "ok" });
  });
});

const problemOf = (call: Promise<unknown>): Promise<LatchkeyProblem> =>
  call.then(
    () => Promise.reject(new Error("it was done")),
    (problem) => problem,
  );

describe("a refusal", () => {
  it("is thrown with code, status, places and request id", async () => {
    const { latchkey } = await startClient();
    const problem = await problemOf(latchkey.keys.create({ name: "", owner: "o", scopes: ["A"] }));

    expect(problem).toBeInstanceOf(Error);
    expect(problem).toMatchObject({ name: "LatchkeyProblem", code: "invalid_request", status: 400 });
    expect(problem.errors.map(({ pointer }) => pointer)).toEqual(["#/name", "#/scopes/0"]);
    expect(problem.requestId).toMatch(/^[\w-]{8,}$/);
  });

  it("tells its facts", async () => {
    const { latchkey } = await startClient();
    const { id } = await latchkey.keys.create({ name: "A", owner: "o" });
    const successor = (await latchkey.keys.rotate(id)).id;

    expect((await problemOf(latchkey.keys.rotate(id))).facts).toEqual({ successor });
  });

  it("is sent once: no 4xx is tried again", async () => {
    const { latchkey, sent } = await startClient();
    sent.length = 0;
    await problemOf(latchkey.keys.get("key_00000000000000000000"));

    expect(sent).toHaveLength(1);
  });
});

describe("a key", () => {
  it("taken for an id or a word to search is not sent, for it would stand in a URL", async () => {
    const { latchkey, sent } = await startClient();
    const { key } = await latchkey.keys.create({ name: "A", owner: "o" });
    sent.length = 0;
    const errors = await Promise.all([
      problemOf(latchkey.keys.get(key)),
      problemOf(latchkey.keys.revoke(key)),
      problemOf(latchkey.keys.list({ q: key }).page()),
      problemOf(latchkey.send({ method: "GET", path: `/v1/keys?q=${key}` })),
    ]);

    expect(sent).toEqual([]);
    for (const { message, stack } of errors) expect(`${message} ${stack}`).not.toContain(key);
  });

  it.each(["..", ".", "", "a/b", "a?b", "x".repeat(65)])("is not found by %j, which is no id", async (id) => {
    const { latchkey, sent } = await startClient();
    sent.length = 0;
    expect(await problemOf(latchkey.keys.delete(id))).toBeInstanceOf(TypeError);
    expect(sent).toEqual([]);
  });

  it("gets into no error, whoever repeats it", async () => {
    const echo = async (request: Request) => {
      const said = `${request.headers.get("Authorization")} ${await request.text()}`;
      const problem = { code: "odd", detail: said, errors: [{ code: "c", detail: said }], said: [said] };
      return Response.json(problem, { status: 400 });
    };
    const shout = async (request: Request) =>
      Promise.reject(new TypeError(`not ${request.headers.get("Authorization")}`));
    const problems: unknown[] = [];
    for (const network of [echo, shout]) {
      const { latchkey, adminKey } = await startClient(() => network, { attemptsMax: 1 });
      const problem = await problemOf(latchkey.validate({ key: adminKey }));
      problems.push(problem);
      const { message, stack, detail, errors, facts, cause } = problem;
      const { message: causeMessage = "", stack: causeStack = "" } = (cause ?? {}) as Partial<Error>;
      const everything = JSON.stringify([message, stack, detail, errors, facts, causeMessage, causeStack]);
      expect(everything).toContain("[key]");
      expect(everything).not.toContain(adminKey);
      await forgetEverything();
    }
    expect(problems).toMatchObject([{ code: "odd" }, { code: "unreachable", status: 0 }]);
  });
});
