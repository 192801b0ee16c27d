import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fresh, ofTeam, startWithTeam, within } from "../support/a-team.ts";
import { adminWith, expectNothingDone, patchAdmin, putRole, rotateAdmin } from "../support/admins.ts";
import { type CreatedKey, forgetEverything, type Manager } from "../support/manager.ts";
import type { AnyAnswer } from "../support/problems.ts";

type Acts = Record<string, () => Promise<AnyAnswer>>;

let manager: Manager;

beforeAll(async () => {
  manager = await startWithTeam();
});
afterAll(forgetEverything);

/** May manage admins and roles, and all about the keys of one team. */
const aManager = (roles: readonly string[] = ["managing", "team"]) => adminWith(manager, roles);
const aKey = (fields: Readonly<Record<string, unknown>> = {}): Promise<CreatedKey> =>
  manager.createKey({ owner: "acct_42", prefix: "acme_live", scopes: ["orders:read"], ...fields });

describe("a key, in the hands of one whose role is narrowed", () => {
  const beyond = [["*"], ["orders"], ["orders:read", "billing:read"], ["users:*"], ["*:read"]];

  it("is not made with more than the role may grant", async () => {
    const { by } = await aManager(["team"]);
    const make = (fields: Readonly<Record<string, unknown>>) => () =>
      by.request("/v1/keys", { json: { name: "A key", owner: "acct_4", prefix: "acme_live", scopes: [], ...fields } });
    const acts = Object.fromEntries(beyond.map((scopes) => [`scopes ${scopes}`, make({ scopes })]));
    await expectNothingDone({
      ...acts,
      owner: make({ owner: "acct_5" }),
      "another prefix": make({ prefix: "lk_test" }),
      "the default prefix": make({ prefix: undefined }),
    });
    expect((await make({ scopes: ["orders:read:own", "users:read"] })()).status).toBe(201);
  });

  it("that may more is neither handed out, nor revived, nor changed", async () => {
    const { by } = await aManager(["team"]);
    for (const scopes of beyond) {
      const [live, disabled] = [await aKey({ scopes }), await aKey({ scopes, enabled: false })];
      await manager.rotate(live.id);
      await expectNothingDone({
        "rotate disabled": () => by.rotate(disabled.id),
        rotate: () => by.rotate(live.id),
        reveal: () => by.reveal(live.id),
        cancel: () => by.cancel(live.id, { force: true }),
        enable: () => by.patch(disabled.id, { enabled: true }),
        "let live": () => by.patch(disabled.id, { expiresAt: null }),
        rename: () => by.patch(live.id, { name: "Mine" }),
        narrow: () => by.patch(live.id, { scopes: [] }),
      });
      expect(await manager.validate(live.key)).toMatchObject({ valid: true });
    }
  });

  it("is not given more, nor rotated or revealed once somebody else gave it more", async () => {
    const { by } = await aManager(["team"]);
    const { id } = await aKey();
    await expectNothingDone(
      Object.fromEntries(beyond.map((scopes) => [`scopes ${scopes}`, () => by.patch(id, { scopes })])),
    );
    const [rotated, cancelled] = [await aKey(), await aKey()];
    const successor = await by.rotate(rotated.id);
    await by.rotate(cancelled.id);
    for (const widened of [successor.body.id, cancelled.id]) await manager.patch(widened, { scopes: ["billing:read"] });
    await expectNothingDone({
      rotate: () => by.rotate(successor.body.id),
      reveal: () => by.reveal(successor.body.id),
      "cancel to a wide key": () => by.cancel(cancelled.id),
    });
  });

  it("is at the mercy of the role as it is now", async () => {
    const name = fresh("shrinking");
    await manager.saveRole(name, ofTeam);
    const { by } = await aManager([name]);
    const { body: made } = await by.request("/v1/keys", {
      json: { name: "A key", owner: "acct_42", prefix: "acme_live", scopes: ["orders:read"] },
    });
    await manager.saveRole(name, { ...ofTeam, constraint: { ...within, scopes: ["users:read"] } });
    await expectNothingDone({ rotate: () => by.rotate(made.id), reveal: () => by.reveal(made.id) });
    await manager.saveRole(name, { ...ofTeam, constraint: { ...within, owners: ["acct_43"] } });
    await expectNothingDone(
      { rotate: () => by.rotate(made.id), reveal: () => by.reveal(made.id) },
      404,
      "key_not_found",
    );
  });
});

describe("an answer that is asked for again", () => {
  const newKey = { name: "A key", owner: "acct_42", prefix: "acme_live", scopes: ["orders:read"] };
  const once = () => ({ headers: { "Idempotency-Key": fresh("once") } });

  /** Each says something again with the same Idempotency-Key, having said it with all its rights. */
  const said = async (name: string) => {
    await manager.saveRole(name, ofTeam);
    const me = await aManager(["managing", name]);
    const [key, puppet] = [await aKey(), await me.by.createAdmin({ roles: [name] })];
    const options = [once(), once(), once(), once()] as const;
    const acts: Acts = {
      "create-key": () => me.by.request("/v1/keys", { json: newKey, ...options[0] }),
      "rotate-key": () => me.by.request(`/v1/keys/${key.id}/rotate`, { json: {}, ...options[1] }),
      "create-admin": () => me.by.request("/v1/admins", { json: { name: "Puppet", roles: [name] }, ...options[2] }),
      "rotate-admin": () => me.by.request(`/v1/admins/${puppet.id}/rotate`, { json: {}, ...options[3] }),
    };
    const first: Record<string, AnyAnswer> = {};
    for (const [what, act] of Object.entries(acts)) first[what] = await act();
    for (const [what, act] of Object.entries(acts)) {
      const again = await act();
      expect([what, again.status, again.body]).toEqual([what, 201, first[what]?.body]);
    }
    return { me, acts, first };
  };

  const part = (acts: Acts, ...names: readonly string[]): Acts =>
    Object.fromEntries(Object.entries(acts).filter(([name]) => names.includes(name)));

  it("is not given once the caller lost the role, and is again with it", async () => {
    const name = fresh("lost");
    const { me, acts, first } = await said(name);
    await patchAdmin(manager, me.id, { roles: ["managing"] });
    await expectNothingDone(part(acts, "create-key", "rotate-key"), 403, "forbidden");
    await expectNothingDone(part(acts, "create-admin", "rotate-admin"));
    await patchAdmin(manager, me.id, { roles: ["managing", name] });
    for (const [what, act] of Object.entries(acts)) expect((await act()).body).toEqual(first[what]?.body);
    await patchAdmin(manager, me.id, { roles: [name] });
    await expectNothingDone(part(acts, "create-admin", "rotate-admin"), 403, "forbidden");
  });

  it.each([
    ["scopes", { ...within, scopes: ["users:read"] }],
    ["owners", { ...within, owners: ["acct_43"] }],
    ["prefixes", { ...within, prefixes: ["acme_test"] }],
  ])("is not given once the role of the caller has other %s", async (_what, constraint) => {
    const name = fresh("narrowed");
    const { acts } = await said(name);
    await manager.saveRole(name, { ...ofTeam, constraint });
    await expectNothingDone(part(acts, "create-key", "rotate-key"));
  });

  it("is not given once what it hands out may more than the caller", async () => {
    const { acts, first } = await said(fresh("overtaken"));
    for (const what of ["create-key", "rotate-key"]) await manager.patch(first[what]?.body.id, { scopes: ["*"] });
    for (const what of ["create-admin", "rotate-admin"]) {
      await patchAdmin(manager, first[what]?.body.id, { roles: ["issuer"] });
    }
    await expectNothingDone(acts);
  });

  it("is not given to somebody else who says the same with the same Idempotency-Key", async () => {
    const headers = { "Idempotency-Key": fresh("stolen") };
    const json = { name: "Another owner", roles: ["owner"] };
    expect((await manager.request("/v1/admins", { json, headers })).status).toBe(201);
    const { by } = await aManager();
    await expectNothingDone({ "make an owner": () => by.request("/v1/admins", { json, headers }) });
  });

  it("is given to the caller's next key, with the rights that one has", async () => {
    const name = fresh("next");
    const { me, first, acts } = await said(name);
    const { body: next } = await rotateAdmin(manager, me.id);
    me.by.adminKey = next.key;
    for (const [what, act] of Object.entries(acts)) expect((await act()).body).toEqual(first[what]?.body);
    await patchAdmin(manager, next.id, { roles: ["managing"] });
    await expectNothingDone(part(acts, "create-admin", "rotate-admin"));
  });

  it("of a change that needed more rights is not given either", async () => {
    const me = await aManager();
    const puppet = await me.by.createAdmin({ roles: ["team"] });
    const { headers } = once();
    const name = fresh("kept");
    const own = { permissions: ["keys:read"], constraint: within };
    const acts: Acts = {
      rename: () => patchAdmin(me.by, puppet.id, { name: "Renamed" }, headers),
      save: () => putRole(me.by, name, own, { "Idempotency-Key": name }),
    };
    for (const act of Object.values(acts)) expect((await act()).status).toBeLessThan(300);
    await patchAdmin(manager, me.id, { roles: ["managing"] });
    await expectNothingDone(acts);
  });
});
