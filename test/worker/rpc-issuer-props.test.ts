import { afterEach, describe, expect, it } from "vitest";
import { forgetEverything, Manager } from "../support/manager.ts";
import { issued, untyped } from "../support/sibling.ts";

afterEach(forgetEverything);

const someId = "key_00000000000000000000";

/** One right call of every method. */
const calls = {
  create: { name: "A key", owner: "acct_1" },
  list: {},
  get: { id: someId },
  rotate: { id: someId },
  revoke: { id: someId },
} as const;
const methods = Object.keys(calls) as (keyof typeof calls)[];

const codesWith = async (props?: object): Promise<Record<string, string>> => {
  const issuer = untyped(new Manager().issuer(props));
  const codes: Record<string, string> = {};
  for (const method of methods) {
    const answer = await issuer[method](calls[method]);
    codes[method] = answer.ok ? "ok" : answer.code;
  }
  return codes;
};

const all = (code: string): Record<string, string> => Object.fromEntries(methods.map((method) => [method, code]));

describe("the rights of an issuer", () => {
  it("are those of the built-in roles in its props", async () => {
    const everything = {
      create: "ok",
      list: "ok",
      get: "key_not_found",
      rotate: "key_not_found",
      revoke: "key_not_found",
    };
    expect(await codesWith({ caller: "portal", roles: ["issuer"] })).toEqual(everything);
    expect(await codesWith({ roles: ["operator"] })).toEqual(everything);
    expect(await codesWith({ roles: ["no-such-role", "issuer"] })).toEqual(everything);
    expect(await codesWith({ roles: ["auditor"] })).toEqual({ ...all("forbidden"), list: "ok", get: "key_not_found" });
  });

  it("are none without props, without roles, or with roles that are not built in", async () => {
    const manager = new Manager();
    await manager.setUp();
    await manager.saveRole("portal", { permissions: ["keys:create", "keys:read", "keys:rotate", "keys:revoke"] });
    for (const props of [
      undefined,
      {},
      { caller: "portal" },
      { roles: [] },
      { roles: ["portal"] },
      { roles: ["validator"] },
      { roles: ["constructor", "__proto__", "Issuer"] },
    ]) {
      expect(await codesWith(props), JSON.stringify(props)).toEqual(all("forbidden"));
    }
  });

  it("are told with what is missing and how to mend it", async () => {
    expect(await untyped(new Manager().issuer()).create(calls.create)).toEqual({
      ok: false,
      code: "forbidden",
      httpStatus: 403,
      permission: "keys:create",
      detail: expect.stringContaining('roles = ["issuer"]'),
    });
  });

  it("are none where the props are not right, and the answer says how to mend it", async () => {
    const wrong: Readonly<Record<string, object>> = {
      "#/owner is not known here": { roles: ["issuer"], owner: "acct_1" },
      "#/roles must be a list": { roles: "issuer" },
      "#/owners must name at least one": { roles: ["issuer"], owners: [] },
      "#/scopes/0 must be segments": { roles: ["issuer"], scopes: ["Orders Read"] },
      "#/prefixes/0 must be a prefix": { roles: ["issuer"], prefixes: ["?"] },
      "# must be an object": ["issuer"],
    };
    for (const [place, props] of Object.entries(wrong)) {
      const answer = await untyped(new Manager().issuer(props)).list({});
      expect(answer, place).toMatchObject({ ok: false, code: "forbidden", httpStatus: 403 });
      expect(answer.detail).toContain(place);
      expect(answer.detail).toContain("Mend `props`");
    }
  });
});

describe("what the props of an issuer bound", () => {
  const outside = { ok: false, code: "exceeds_grantor", httpStatus: 403 };

  it("is whom keys are made for, with which prefix and which scopes", async () => {
    const issuer = untyped(
      new Manager().issuer({ roles: ["issuer"], owners: ["acct_*"], prefixes: ["acme_live"], scopes: ["orders:*"] }),
    );
    const fields = { name: "A key", owner: "acct_1", prefix: "acme_live", scopes: ["orders:read"] };
    expect(await issuer.create(fields)).toMatchObject({
      ok: true,
      value: { owner: "acct_1", scopes: ["orders:read"] },
    });
    expect(await issuer.create({ ...fields, owner: "other" })).toMatchObject(outside);
    expect(await issuer.create({ ...fields, prefix: "acme_test" })).toMatchObject(outside);
    expect(await issuer.create({ ...fields, scopes: ["orders:read", "billing:read"] })).toMatchObject(outside);
    expect(await issuer.create({ ...fields, scopes: ["*"] })).toMatchObject(outside);
  });

  it("is which keys there are at all", async () => {
    const manager = new Manager();
    const mine = await issued(manager, { owner: "acct_1", prefix: "acme_live" });
    const foreign = await issued(manager, { owner: "other", prefix: "acme_live" });
    const test = await issued(manager, { owner: "acct_1", prefix: "acme_test" });
    const issuer = untyped(manager.issuer({ roles: ["issuer"], owners: ["acct_*"], prefixes: ["*_live"] }));
    expect(await issuer.get({ id: mine.id })).toMatchObject({ ok: true, value: { id: mine.id } });
    for (const { id } of [foreign, test]) {
      for (const method of ["get", "rotate", "revoke"] as const) {
        expect(await issuer[method]({ id })).toMatchObject({ ok: false, code: "key_not_found", httpStatus: 404 });
      }
    }
    const listed = await issuer.list({});
    expect(listed.value.items.map(({ id }: { id: string }) => id)).toEqual([mine.id]);
    expect(await issuer.list({ owner: "other" })).toMatchObject({ ok: true, value: { items: [] } });
  });

  it("is which keys may be rotated, by their scopes: the successor's secret carries them", async () => {
    const manager = new Manager();
    const great = await issued(manager, { scopes: ["*"] });
    const small = await issued(manager, { scopes: ["orders:read"] });
    const issuer = untyped(manager.issuer({ roles: ["issuer"], scopes: ["orders:*"] }));
    expect(await issuer.rotate({ id: great.id })).toMatchObject(outside);
    expect(await issuer.rotate({ id: small.id })).toMatchObject({ ok: true, value: { scopes: ["orders:read"] } });
    expect(await manager.validator().validate({ key: great.key })).toMatchObject({ valid: true, warnings: [] });
  });
});
