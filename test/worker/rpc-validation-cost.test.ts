import { afterEach, describe, expect, it } from "vitest";
import { forge, partsOf } from "../support/forgery.ts";
import {
  anotherIsolate,
  type CreatedKey,
  evictAll,
  forgetEverything,
  inObject,
  Manager,
  objectOf,
  redeploy,
  runAlarms,
  startManager,
} from "../support/manager.ts";
import { issued } from "../support/sibling.ts";

afterEach(forgetEverything);

const callsOf = async (manager: Manager, run: () => Promise<unknown>): Promise<string[]> => {
  manager.calls.length = 0;
  await run();
  return manager.calls.map(({ object, type }) => `${object} ${type}`);
};

/** What an object asks its database from now on. */
const statementsOf = async (object: string): Promise<string[]> => {
  const statements: string[] = [];
  await inObject(object, (sql) => {
    const exec = sql.exec.bind(sql) as (statement: string, ...bindings: unknown[]) => unknown;
    const telling = (statement: string, ...bindings: unknown[]) => {
      statements.push(statement);
      return exec(statement, ...bindings);
    };
    Object.defineProperty(sql, "exec", { value: telling, configurable: true });
  });
  return statements;
};

const rowsChanged = (object: string): Promise<number> =>
  inObject(object, (sql) => Number(sql.exec("SELECT total_changes() AS count").one().count));

describe("what a validation over RPC costs", () => {
  it("is one call of one object, one read of the database and no write, whatever the verdict", async () => {
    const manager = await startManager();
    const live = await manager.createKey({ scopes: ["orders:read"] });
    const disabled = await manager.createKey({ enabled: false });
    const revoked = await manager.createKey();
    await manager.revoke(revoked.id);
    const validator = manager.validator({ caller: "orders-api", prefixes: ["lk_live"], owners: ["acct_*"] });

    const verdicts: [CreatedKey, string[], string][] = [
      [live, [], "valid"],
      [live, ["orders:read"], "valid"],
      [live, ["billing:read"], "insufficient_scope"],
      [disabled, [], "disabled"],
      [revoked, [], "revoked"],
    ];
    for (const [{ id, key }, scopes, code] of verdicts) {
      await validator.validate({ key, scopes });
      const statements = await statementsOf(objectOf(id));
      const calls = await callsOf(manager, async () => {
        expect(await validator.validate({ key, scopes })).toMatchObject({ code });
      });
      expect(calls).toEqual([`${objectOf(id)} validate-key`]);
      expect(statements).toEqual([expect.stringMatching(/^SELECT .* FROM api_keys WHERE ordinal = \? AND id = \?/)]);
    }
  });

  it("is one write of a successor's first use in the grace of its predecessor, and none after", async () => {
    const manager = await startManager();
    const old = await manager.createKey();
    const { body: successor } = await manager.rotate(old.id);
    const statements = await statementsOf(objectOf(successor.id));
    await manager.validator().validate({ key: successor.key });
    expect(statements.filter((statement) => statement.startsWith("UPDATE api_keys"))).toHaveLength(1);
    statements.length = 0;
    await manager.validator().validate({ key: successor.key });
    expect(statements).toEqual([expect.stringMatching(/^SELECT/)]);
  });

  it("is no row for any number of uses, until an alarm writes one", async () => {
    const manager = await startManager();
    const { id, key } = await manager.createKey();
    await runAlarms();
    const before = await rowsChanged(objectOf(id));
    const validator = manager.validator();
    for (let use = 0; use < 100; use += 1) await validator.validate({ key });
    const afterUses = await rowsChanged(objectOf(id));
    await runAlarms();
    const rowForTheAlarm = 1;
    expect(afterUses - before).toBeLessThanOrEqual(rowForTheAlarm);
    expect((await manager.request(`/v1/keys/${id}`)).body.lastUsedAt).not.toBeNull();
  });

  it("is nothing for what the string alone tells, but one load of the register in the life of an isolate", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey();
    const { prefix, epoch } = partsOf(key);
    const isolate = anotherIsolate(manager);
    const validator = isolate.validator({ prefixes: ["lk_live"] });
    const free = [
      "",
      "nonsense",
      key.slice(0, -1),
      `${key}a`,
      forge({ prefix: "sk_live" }),
      forge({ prefix: "lk_test", epoch }),
    ];
    const calls = await callsOf(isolate, async () => {
      for (const given of free) expect(await validator.validate({ key: given })).toMatchObject({ valid: false });
    });
    expect(calls).toEqual([]);
    const forged = await callsOf(isolate, async () => {
      for (let round = 0; round < 100; round += 1) {
        const given = forge({ prefix, ...(round % 2 ? { epoch } : {}) });
        expect(await validator.validate({ key: given })).toMatchObject({ code: "unknown" });
      }
    });
    expect(forged).toEqual(["admin read-register"]);
  });
});

describe("a thousand validations at once", () => {
  it("each get their own verdict", async () => {
    const manager = await startManager();
    const keys = await Promise.all(
      Array.from({ length: 8 }, (_, at) => manager.createKey({ name: `Key ${at}`, owner: `acct_${at % 4}` })),
    );
    const revoked = await manager.createKey();
    await manager.revoke(revoked.id);
    const validator = manager.validator({ owners: ["acct_0", "acct_1", "acct_2"] });
    const asked = Array.from({ length: 1000 }, (_, at) => {
      const { key, id, owner, name } = keys[at % 8] as CreatedKey;
      if (at % 10 === 8) return { key: revoked.key, expected: { valid: false, code: "revoked", id: revoked.id } };
      if (at % 10 === 9) return { key: `${key}${at}`, expected: { valid: false, code: "malformed" } };
      if (owner === "acct_3") return { key, expected: { valid: false, code: "unknown" } };
      return { key, expected: { valid: true, id, owner, name } };
    });
    const verdicts = await Promise.all(asked.map(({ key }) => validator.validate({ key })));
    for (const [at, { expected }] of asked.entries()) expect(verdicts[at]).toMatchObject(expected);
  });
});

describe("when an object cannot be asked", () => {
  const unavailable = { valid: false, code: "unavailable", httpStatus: 503, retryAfter: 5 };

  it("asks once more, and once more again, while it is being moved or deployed anew", async () => {
    const manager = new Manager();
    const { key } = await issued(manager);
    for (const faults of [1, 2]) {
      manager.faults.push(...Array(faults).fill({ retryable: true }));
      const calls = await callsOf(manager, async () => {
        expect(await manager.validator().validate({ key })).toMatchObject({ valid: true });
      });
      expect(calls).toHaveLength(faults + 1);
    }
    await evictAll();
    expect(await manager.validator().validate({ key })).toMatchObject({ valid: true });
  });

  it("is unavailable and says when to ask again, where that goes on", async () => {
    const manager = new Manager();
    const { key } = await issued(manager);
    manager.faults.push(...Array(3).fill({ retryable: true }));
    expect(await manager.validator().validate({ key })).toEqual(unavailable);
    expect(manager.faults).toEqual([]);
    expect(await manager.validator().validate({ key })).toMatchObject({ valid: true });
  });

  it("never adds to an overload, and never throws a fault on", async () => {
    const manager = new Manager();
    const { key } = await issued(manager);
    for (const fault of [{ retryable: true, overloaded: true }, { message: "a bug" }]) {
      manager.faults.push(fault);
      const calls = await callsOf(manager, async () => {
        expect(await manager.validator().validate({ key })).toEqual(unavailable);
      });
      expect(calls).toHaveLength(1);
    }
  });

  it("does not call a key unknown that it could not judge", async () => {
    const manager = new Manager();
    const { key } = await issued(manager);
    const isolate = anotherIsolate(manager);
    isolate.faults.push({ overloaded: true });
    const forged = forge(partsOf(key.replace(/.{14}$/, "aaaaaaaaaaaaaa")));
    expect(await isolate.validator().validate({ key: forged })).toEqual(unavailable);
    expect(await isolate.validator().validate({ key: forged })).toMatchObject({ code: "unknown" });
  });

  it("refuses an issuer's call and says when to ask again", async () => {
    const manager = new Manager();
    const { id } = await issued(manager);
    manager.faults.push({ overloaded: true });
    expect(await manager.issuer({ roles: ["issuer"] }).get({ id })).toMatchObject({
      ok: false,
      code: "overloaded",
      httpStatus: 503,
      retryAfter: 5,
    });
    manager.faults.push({});
    expect(await manager.issuer({ roles: ["issuer"] }).get({ id })).toMatchObject({
      code: "internal_error",
      httpStatus: 500,
    });
  });
});

describe("secrets that are not right", () => {
  const unavailable = { valid: false, code: "unavailable", httpStatus: 503, retryAfter: 5 };
  const other = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

  it("let no key pass and no key be made where they are missing or weak", async () => {
    const { key } = await issued(new Manager());
    for (const settings of [{ ENCRYPTION_KEY: "" }, { HMAC_SECRET: "correct horse battery staple" }]) {
      const manager = new Manager(settings);
      expect(await manager.validator().validate({ key })).toEqual(unavailable);
      expect(await manager.issuer({ roles: ["issuer"] }).list({})).toMatchObject({
        ok: false,
        code: "not_configured",
        httpStatus: 503,
        retryAfter: 5,
      });
    }
  });

  it.each(["ENCRYPTION_KEY", "HMAC_SECRET"])(
    "let no key pass and no key be made where %s is another store's",
    async (name) => {
      const { key } = await issued(new Manager());
      await redeploy({ [name]: other });
      const manager = new Manager();
      expect(await manager.validator().validate({ key })).toEqual(unavailable);
      expect(await manager.issuer({ roles: ["issuer"] }).create({ name: "A key", owner: "acct_1" })).toMatchObject({
        ok: false,
        code: "not_configured",
        settings: [name],
      });
      await redeploy({});
      expect(await new Manager().validator().validate({ key })).toMatchObject({ valid: true });
    },
  );
});
