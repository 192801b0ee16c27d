import { afterEach, describe, expect, it } from "vitest";
import { evictAll, forgetEverything, inObject, Manager, objectOf, startManager } from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const hourMs = 3_600_000;
const setUpWith = (manager: Manager, token: string) =>
  manager.request("/v1/setup", { key: token, json: { name: "Me" } });
const rightToken = "the-setup-token-of-the-tests";

describe("the set-up", () => {
  it("makes one owner of ten parallel tries", async () => {
    const managers = Array.from({ length: 10 }, () => new Manager());
    expect((await new Manager().request("/v1/setup", { key: null })).body).toEqual({ done: false });
    const answers = await Promise.all(managers.map((manager) => setUpWith(manager, rightToken)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
    expect(answers.filter(({ body }) => body.code === "already_set_up")).toHaveLength(9);
    expect((await new Manager().request("/v1/setup", { key: null })).body).toEqual({ done: true });
    const admins = await inObject("admin", (sql) => sql.exec("SELECT count(*) AS count FROM admins").one());
    expect(admins).toEqual({ count: 1 });
  });

  it("gives an admin key that works and is never shown again", async () => {
    const manager = await startManager();
    const me = await manager.request("/v1/me");
    expect(me.body).toMatchObject({ name: "First owner", roles: ["owner"], status: "active" });
    expect(me.body.permissions).toHaveLength(15);
    expect(me.text).not.toContain(manager.adminKey);
  });

  it("refuses a wrong token always, before and after", async () => {
    const manager = new Manager();
    expect((await setUpWith(manager, "wrong")).status).toBe(401);
    expect((await setUpWith(manager, rightToken)).status).toBe(201);
    expect((await setUpWith(manager, "wrong")).status).toBe(401);
    expect((await setUpWith(manager, `${rightToken} `)).status).toBe(409);
    expect((await setUpWith(manager, rightToken.slice(1))).status).toBe(401);
    expect((await manager.request("/v1/setup", { key: null, json: {} })).status).toBe(401);
  });

  it("says so when no token is configured", async () => {
    const manager = new Manager({ SETUP_TOKEN: "" });
    const answer = await setUpWith(manager, "anything");
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: "not_configured", detail: expect.stringContaining("SETUP_TOKEN") });
  });
});

describe("time", () => {
  it("ends a key after the last millisecond of its life, not before", async () => {
    const manager = await startManager();
    const { key, expiresAt } = await manager.createKey({ expiresInSeconds: 60 });
    expect(await manager.validate(key)).toMatchObject({ valid: true, validUntil: expiresAt });
    testWorld.clockOffsetMs = 61_000;
    expect(await manager.validate(key)).toMatchObject({ valid: false, code: "expired", expiresAt });
  });

  it("revives nothing when the clock steps back an hour", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey({ expiresInSeconds: 60 });
    testWorld.clockOffsetMs = 61_000;
    expect(await manager.validate(key)).toMatchObject({ code: "expired" });
    testWorld.clockOffsetMs = -hourMs;
    expect(await manager.validate(key)).toMatchObject({ code: "expired" });
    expect((await manager.request(`/v1/keys/${id}`)).body.status).toBe("expired");
  });

  it("revives nothing when the object was evicted between the refusal and the step", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey({ expiresInSeconds: 60 });
    testWorld.clockOffsetMs = 61_000;
    expect(await manager.validate(key)).toMatchObject({ code: "expired" });
    await evictAll();
    testWorld.clockOffsetMs = -hourMs;
    expect(await manager.validate(key)).toMatchObject({ code: "expired" });
  });

  it("is written once per end that was passed, not at every refusal", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey({ expiresInSeconds: 60 });
    testWorld.clockOffsetMs = 61_000;
    await manager.validate(key);
    const stateOf = () => inObject(objectOf(id), (sql) => sql.exec("SELECT greatest_time FROM object_state").one());
    const written = await stateOf();
    testWorld.clockOffsetMs = 62_000;
    await manager.validate(key);
    expect(await stateOf()).toEqual(written);
  });

  it("keeps what was revoked revoked, whatever the clock says", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey();
    testWorld.clockOffsetMs = hourMs;
    await manager.revoke(id);
    testWorld.clockOffsetMs = -hourMs;
    await evictAll();
    expect(await manager.validate(key)).toMatchObject({ code: "revoked" });
  });
});
