import { afterEach, describe, expect, it } from "vitest";
import { forgetEverything, Manager, startManager } from "../support/manager.ts";
import { issued, untyped } from "../support/sibling.ts";

afterEach(forgetEverything);

describe("what the props of a validator leave open", () => {
  it("is every key where there are none", async () => {
    const manager = await startManager();
    const live = await manager.createKey({ prefix: "acme_live", owner: "acct_1" });
    const test = await manager.createKey({ prefix: "other_test", owner: "somebody" });
    for (const props of [undefined, {}]) {
      const validator = manager.validator(props);
      expect(await validator.validate({ key: live.key })).toMatchObject({ valid: true, id: live.id });
      expect(await validator.validate({ key: test.key })).toMatchObject({ valid: true, id: test.id });
    }
  });

  it("is keys of the prefixes they name, and of none beside, whatever the call asks for", async () => {
    const manager = await startManager();
    const live = await manager.createKey({ prefix: "acme_live" });
    const test = await manager.createKey({ prefix: "acme_test" });
    const wrong = { valid: false, code: "wrong_prefix", httpStatus: 403 };
    const validator = manager.validator({ caller: "orders-api", prefixes: ["acme_live"] });
    expect(await validator.validate({ key: live.key })).toMatchObject({ valid: true });
    expect(await validator.validate({ key: live.key, prefixes: [] })).toMatchObject({ valid: true });
    for (const prefixes of [[], ["acme_test"], ["*"], ["acme_*"]]) {
      expect(await validator.validate({ key: test.key, prefixes })).toEqual(wrong);
    }
    expect(await validator.validate({ key: live.key, prefixes: ["acme_test"] })).toEqual(wrong);
    expect(await manager.validator({ prefixes: ["*_live"] }).validate({ key: test.key })).toEqual(wrong);
    expect(await manager.validator().validate({ key: test.key, prefixes: ["*_live"] })).toEqual(wrong);
  });

  it("is keys of the owners they name: anybody else's is unknown", async () => {
    const manager = await startManager();
    const mine = await manager.createKey({ owner: "acct_1" });
    const foreign = await manager.createKey({ owner: "other_1" });
    const validator = manager.validator({ owners: ["acct_*"] });
    expect(await validator.validate({ key: mine.key })).toMatchObject({ valid: true, owner: "acct_1" });
    expect(await validator.validate({ key: foreign.key })).toEqual({ valid: false, code: "unknown", httpStatus: 401 });
    await manager.revoke(foreign.id);
    expect(await validator.validate({ key: foreign.key })).toEqual({ valid: false, code: "unknown", httpStatus: 401 });
  });

  it("is nothing where they are not right, and the answer says how to mend it", async () => {
    const manager = new Manager();
    const { key } = await issued(manager);
    const wrong: Readonly<Record<string, object>> = {
      "#/prefix is not known here": { prefix: ["acme_live"] },
      "#/roles is not known here": { roles: ["owner"] },
      "#/prefixes must name at least one": { prefixes: [] },
      "#/owners must be a list": { owners: "acct_1" },
      "#/prefixes/0 must be a prefix": { prefixes: ["Acme Live"] },
      "#/owners/0 must be an owner": { owners: ["acct 1"] },
      "#/caller must be 1 to 128 visible characters": { caller: "a b" },
      "# must be an object": ["acme_live"],
    };
    for (const [place, props] of Object.entries(wrong)) {
      const verdict = await untyped(manager.validator(props)).validate({ key });
      expect(verdict, place).toEqual({
        valid: false,
        code: "invalid_request",
        httpStatus: 500,
        detail: verdict.detail,
      });
      expect(verdict.detail).toContain(place);
      expect(verdict.detail).toContain("Mend `props` in the configuration of the Worker that calls");
    }
  });
});
