import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  anotherIsolate,
  type CreatedAdmin,
  eventTypesOf,
  evictAll,
  forgetEverything,
  inObject,
  type Manager,
  type RequestOptions,
  startManager,
} from "../support/manager.ts";
import { type AnyAnswer, expectProblem } from "../support/problems.ts";
import { advance } from "../support/session.ts";

let manager: Manager;

beforeAll(async () => {
  manager = await startManager();
});
afterAll(forgetEverything);

const day = 86_400;

/** Every name and every Idempotency-Key is used once in this file. */
let last = 0;
const unique = (word: string): string => {
  last += 1;
  return `${word}-${last}`;
};

interface Act {
  readonly who: Manager;
  readonly path: string;
  readonly options: RequestOptions;
  /** A request to the same path that says something else. */
  readonly otherwise: unknown;
  /** The subject of the event that tells of it, and its type. */
  readonly told: readonly [string, string] | null;
}

const send = ({ who, path, options }: Act, idempotencyKey: string): Promise<AnyAnswer> =>
  who.request(path, { ...options, headers: { "Idempotency-Key": idempotencyKey } });

const otherwise = (act: Act): Act => ({ ...act, options: { ...act.options, json: act.otherwise } });

const onAdmin = async (path: string, method: string, json: unknown, other: unknown, type: string): Promise<Act> => {
  const { id } = await manager.createAdmin();
  const options = { method, json };
  return { who: manager, path: `/v1/admins/${id}${path}`, options, otherwise: other, told: [id, type] };
};

const savedRole = async (): Promise<string> => {
  const name = unique("role");
  await manager.saveRole(name, { permissions: ["keys:read"] });
  return name;
};

const anAdmin = (name: string) => ({ name, roles: ["auditor"] });

const makers: Readonly<Record<string, () => Promise<Act>>> = {
  create: async () => {
    const name = unique("Made");
    const options = { method: "POST", json: anAdmin(name) };
    return { who: manager, path: "/v1/admins", options, otherwise: anAdmin(`${name} twice`), told: null };
  },
  update: () => onAdmin("", "PATCH", { name: "Renamed" }, { name: "Named otherwise" }, "admin.updated"),
  rotate: () => onAdmin("/rotate", "POST", { graceSeconds: 600 }, { graceSeconds: 60 }, "admin.rotated"),
  revoke: () => onAdmin("/revoke", "POST", { reason: "leaked" }, { reason: "unused" }, "admin.revoked"),
  "rotate me": async () => {
    const { id, key } = await manager.createAdmin({ roles: ["owner"] });
    const options = { method: "POST", json: { graceSeconds: 2 * day } };
    const who = manager.as(key);
    return { who, path: "/v1/me/rotate", options, otherwise: {}, told: [id, "admin.rotated"] };
  },
  "save a new role": async () => {
    const name = unique("role");
    const options = { method: "PUT", json: { permissions: ["keys:read"] } };
    const other = { permissions: ["keys:create"] };
    return { who: manager, path: `/v1/roles/${name}`, options, otherwise: other, told: [name, "role.saved"] };
  },
  "save a role that was there": async () => {
    const options = { method: "PUT", json: { permissions: ["keys:validate"], description: "Asks" } };
    const path = `/v1/roles/${await savedRole()}`;
    return { who: manager, path, options, otherwise: { permissions: ["keys:create"] }, told: null };
  },
  "delete a role": async () => {
    const name = await savedRole();
    const options = { method: "DELETE" };
    return { who: manager, path: `/v1/roles/${name}`, options, otherwise: undefined, told: [name, "role.deleted"] };
  },
};

const names = Object.keys(makers);
const make = (name: string): Promise<Act> => (makers[name] as () => Promise<Act>)();
const withSecret = ["create", "rotate", "rotate me"];

const recordsAbout = (subject: string) =>
  inObject("admin", (sql) => [...sql.exec("SELECT * FROM idempotency_records WHERE subject_id = ?", subject)]);

const eventsOf = (subject: string, type: string): Promise<number> =>
  inObject("admin", (sql) =>
    Number(
      sql.exec("SELECT count(*) AS count FROM events WHERE subject_id = ? AND type = ?", subject, type).one().count,
    ),
  );

const adminsNamed = (name: string): Promise<number> =>
  inObject("admin", (sql) => Number(sql.exec("SELECT count(*) AS c FROM admins WHERE name = ?", name).one().c));

describe.each(names)("the same request with the same Idempotency-Key: %s", (name) => {
  it("is answered alike, in any isolate, and done once", async () => {
    const act = await make(name);
    const idempotencyKey = unique("once");
    const first = await send(act, idempotencyKey);
    expect([name, first.status < 300, first.headers.get("Idempotent-Replayed")]).toEqual([name, true, null]);
    await evictAll();
    const isolate = anotherIsolate(act.who);
    for (const who of [act.who, isolate, isolate]) {
      const again = await send({ ...act, who }, idempotencyKey);
      expect([again.status, again.text]).toEqual([first.status, first.text]);
      for (const header of ["ETag", "Location"]) expect(again.headers.get(header)).toBe(first.headers.get(header));
      expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    }
    if (act.told) expect(await eventsOf(...act.told)).toBe(1);
    const secrets = withSecret.includes(name) ? 3 : 0;
    expect(await eventsOf(first.body.id ?? act.told?.[0] ?? "", "key.secret_replayed")).toBe(secrets);
  });

  it("is refused when it asks for something else", async () => {
    const act = await make(name);
    const idempotencyKey = unique("once");
    expect((await send(act, idempotencyKey)).status).toBeLessThan(300);
    if (act.otherwise !== undefined) {
      expectProblem(await send(otherwise(act), idempotencyKey), 422, "idempotency_mismatch");
    }
    for (const other of names.filter((one) => one !== "rotate me")) {
      const answer = await send({ ...(await make(other)), who: act.who }, idempotencyKey);
      expectProblem(answer, 422, "idempotency_mismatch", `${name}, then ${other}`);
    }
  });

  it("is a new request a day later", async () => {
    const act = await make(name);
    const idempotencyKey = unique("once");
    const first = await send(act, idempotencyKey);
    advance(day - 60);
    expect((await send(act, idempotencyKey)).text).toBe(first.text);
    advance(120);
    expect((await send(act, idempotencyKey)).headers.has("Idempotent-Replayed")).toBe(false);
  });
});

describe("twenty parallel firsts", () => {
  it.each(withSecret)("(%s) make one admin", async (name) => {
    const act = await make(name);
    const idempotencyKey = unique("once");
    const isolates = Array.from({ length: 20 }, () => anotherIsolate(act.who));
    const answers = await Promise.all(isolates.map((who) => send({ ...act, who }, idempotencyKey)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ body }) => body.key)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.has("Idempotent-Replayed"))).toHaveLength(19);
    if (name === "create") expect(await adminsNamed(answers[0]?.body.name)).toBe(1);
  });
});

describe("the answer that holds a secret", () => {
  it("is met again by the admin who rotated its own key, with the new one and then another", async () => {
    const act = await make("rotate me");
    const first = await send(act, "mine");
    const fresh = manager.as(first.body.key);
    expect((await send({ ...act, who: fresh }, "mine")).text).toBe(first.text);
    const third = await fresh.request("/v1/me/rotate", { json: { graceSeconds: 0 } });
    const again = await send({ ...act, who: manager.as(third.body.key) }, "mine");
    expect([again.text, again.headers.get("Idempotent-Replayed")]).toEqual([first.text, "true"]);
  });

  it("is not met by anybody else", async () => {
    const act = await make("rotate me");
    await send(act, "my-own");
    const other = await make("rotate me");
    const answer = await send({ ...other, path: act.path }, "my-own");
    expect([answer.status, answer.headers.has("Idempotent-Replayed")]).toEqual([201, false]);
  });

  it.each(withSecret)("(%s) is erased when that admin is revoked", async (name) => {
    const act = await make(name);
    const idempotencyKey = unique("once");
    const { body } = await send(act, idempotencyKey);
    expect((await recordsAbout(body.id)).map(({ answer }) => answer !== null)).toEqual([true]);
    expect((await manager.request(`/v1/admins/${body.id}/revoke`, { json: {} })).status).toBe(200);
    expect((await recordsAbout(body.id)).map(({ answer }) => answer)).toEqual([null]);
    const again = await send(act, idempotencyKey);
    if (name === "rotate me") return expectProblem(again, 401, "invalid_credential");
    expectProblem(again, 409, "idempotency_spent");
    expect(again.text).not.toContain(body.key.slice(-47));
  });

  it("is not given out when its admin may do more by now than whoever asks", async () => {
    const clerk = await manager.createAdmin({ roles: ["owner"] });
    const act = { ...(await make("create")), who: manager.as(clerk.key) };
    const first = await send(act, "clerk");
    await manager.saveRole("staff", { permissions: ["admins:manage", "keys:read", "admins:read", "roles:read"] });
    await manager.saveRole("reader", { permissions: ["events:read", "system:read"] });
    await manager.request(`/v1/admins/${clerk.id}`, { method: "PATCH", json: { roles: ["staff", "reader"] } });
    expect((await send(act, "clerk")).text).toBe(first.text);
    await manager.request(`/v1/admins/${first.body.id}`, { method: "PATCH", json: { roles: ["operator"] } });
    const refused = await send(act, "clerk");
    expectProblem(refused, 403, "exceeds_grantor");
    expect(refused.text).not.toContain(first.body.key.slice(-47));
    await manager.request(`/v1/admins/${clerk.id}`, { method: "PATCH", json: { roles: ["auditor"] } });
    expectProblem(await send(act, "clerk"), 403, "forbidden");
  });

  it("is not given out when that admin's record was tampered with", async () => {
    const act = await make("create");
    const { body } = await send(act, "tampered");
    await inObject("admin", (sql) => sql.exec("UPDATE admins SET name = 'x' WHERE id = ?", body.id));
    expectProblem(await send(act, "tampered"), 409, "tampered");
    await manager.request(`/v1/admins/${body.id}/revoke`, { json: {} });
    expectProblem(await send(act, "tampered"), 409, "idempotency_spent");
  });

  it("lies sealed in the store", async () => {
    const act = await make("create");
    const { body } = await send(act, "sealed");
    const [record] = await recordsAbout(body.id);
    const bytes = String.fromCharCode(...new Uint8Array(record?.answer as ArrayBuffer));
    expect(bytes.length).toBeGreaterThan(300);
    expect(bytes).not.toContain(body.name);
    expect(bytes).not.toContain(body.key.slice(-47));
  });
});

describe("the answer that holds no secret", () => {
  it.each(["update", "revoke", "save a new role", "save a role that was there"])(
    "(%s) is not told to whoever may no longer do the act",
    async (name) => {
      const clerk = await manager.createAdmin({ roles: ["owner"] });
      const act = { ...(await make(name)), who: manager.as(clerk.key) };
      const idempotencyKey = unique("once");
      const first = await send(act, idempotencyKey);
      expect((await send(act, idempotencyKey)).text).toBe(first.text);
      await manager.saveRole("bare", { permissions: ["admins:manage", "roles:manage"] });
      await manager.request(`/v1/admins/${clerk.id}`, { method: "PATCH", json: { roles: ["bare"] } });
      expectProblem(await send(act, idempotencyKey), 403, "exceeds_grantor");
    },
  );
});

describe("a refusal", () => {
  it("is not kept: the same request is judged anew", async () => {
    const { id }: CreatedAdmin = await manager.createAdmin({ roles: ["auditor"] });
    const rotate = (): Promise<AnyAnswer> =>
      manager.request(`/v1/admins/${id}/rotate`, { json: {}, headers: { "Idempotency-Key": "refused" } });
    await manager.request(`/v1/admins/${id}`, { method: "PATCH", json: { enabled: false } });
    expectProblem(await rotate(), 409, "key_disabled");
    await manager.request(`/v1/admins/${id}`, { method: "PATCH", json: { enabled: true } });
    expect((await rotate()).status).toBe(201);
    expect(await eventTypesOf(id)).toEqual(["admin.created", "admin.updated", "admin.updated", "admin.rotated"]);
  });

  it("of a role in use is not either", async () => {
    const role = await savedRole();
    const holder = await manager.createAdmin({ roles: [role] });
    const act: Act = {
      ...{ who: manager, path: `/v1/roles/${role}`, options: { method: "DELETE" } },
      ...{ otherwise: undefined, told: null },
    };
    expectProblem(await send(act, "in-use"), 409, "role_in_use");
    await manager.request(`/v1/admins/${holder.id}`, { method: "PATCH", json: { roles: ["auditor"] } });
    expect((await send(act, "in-use")).status).toBe(204);
  });
});
