import type { KeyCreated, KeyIssuerBinding, KeyRotated } from "latchkey/client";
import type { IssuerProps, TestValidator, ValidatorProps } from "latchkey/testing";
import { describe, expect, it } from "vitest";

/** The bindings of one manager, real or not, and what a test may do to it. */
export interface BoundManager {
  validator(props?: ValidatorProps): TestValidator;
  issuer(props?: IssuerProps): KeyIssuerBinding;
  disable(id: string): void | Promise<void>;
  tamper(id: string): void | Promise<void>;
  advance(seconds: number): void;
}

const asIssuer = { caller: "portal", roles: ["issuer"] };

const made = async (issuer: KeyIssuerBinding, fields = {}): Promise<KeyCreated> => {
  const answer = await issuer.create({ name: "Server", owner: "acct_1", ...fields });
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.detail}`);
  return answer.value;
};

const rotated = async (issuer: KeyIssuerBinding, id: string, graceSeconds = 60): Promise<KeyRotated> => {
  const answer = await issuer.rotate({ id, graceSeconds });
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.detail}`);
  return answer.value;
};

/** What both must hold: the double is as good as what this says of it. */
export const bindingsContract = (start: () => Promise<BoundManager>): void => {
  describe("validate", () => {
    it("accepts a key, whatever white space is around it, and tells whose it is", async () => {
      const manager = await start();
      const fields = { scopes: ["orders:*"], prefix: "acme_live", metadata: { team: "a" }, expiresInSeconds: 3600 };
      const { key, id, expiresAt } = await made(manager.issuer(asIssuer), fields);
      const verdict = await manager
        .validator()
        .validate({ key: ` ${key}\n`, scopes: ["orders:read"], ip: "192.0.2.1" });

      expect(verdict).toEqual({
        ...{ valid: true, code: "valid", id, lineage: id, owner: "acct_1", name: "Server", prefix: "acme_live" },
        ...{ scopes: ["orders:*"], metadata: { team: "a" }, expiresAt, validUntil: expiresAt, warnings: [] },
      });
    });

    it("names what is missing", async () => {
      const manager = await start();
      const { key, id } = await made(manager.issuer(asIssuer), { scopes: ["a:*:c", "b"] });
      const ask = (need: object) => manager.validator().validate({ key, ...need });

      expect(await ask({ scopes: ["b", "a:x:d", "c"], anyScope: ["d", "e"] })).toEqual({
        ...{ valid: false, code: "insufficient_scope", httpStatus: 403, id, lineage: id },
        missing: ["a:x:d", "c", "d", "e"],
      });
      expect(await ask({ scopes: ["a:x:c"], anyScope: ["d", "b"], prefixes: [] })).toMatchObject({ valid: true });
    });

    it("tells every end of a key with its facts", async () => {
      const manager = await start();
      const issuer = manager.issuer(asIssuer);
      const revoked = await made(issuer);
      await issuer.revoke({ id: revoked.id });
      const expired = await made(issuer, { expiresInSeconds: 10 });
      const disabled = await made(issuer);
      await manager.disable(disabled.id);
      const old = await made(issuer);
      const { id: successor, replaced } = await rotated(issuer, old.id, 20);
      const { graceEndsAt } = replaced.rotation;
      const ask = async (key: string) => manager.validator().validate({ key });

      expect(await ask(old.key)).toMatchObject({
        ...{ valid: true, validUntil: graceEndsAt },
        warnings: [{ code: "rotating", successor, graceEndsAt }],
      });
      manager.advance(30);
      const refused = { valid: false, httpStatus: 401 };
      expect(await ask(revoked.key)).toEqual({
        ...{ ...refused, code: "revoked", id: revoked.id, lineage: revoked.id },
        revokedAt: expect.stringMatching(/^20.*Z$/),
      });
      expect(await ask(expired.key)).toEqual({
        ...{ ...refused, code: "expired", id: expired.id, lineage: expired.id, expiresAt: expired.expiresAt },
      });
      expect(await ask(disabled.key)).toEqual({ ...refused, code: "disabled", id: disabled.id, lineage: disabled.id });
      expect(await ask(old.key)).toEqual({
        ...{ ...refused, code: "rotated", id: old.id, lineage: old.id, graceEndsAt, successor },
      });
    });

    it("says of what it does not know only that", async () => {
      const manager = await start();
      const { key } = await made(manager.issuer(asIssuer));
      const ask = (asked: unknown) => manager.validator().validate({ key: asked as string });
      const malformed = { valid: false, code: "malformed", httpStatus: 401 };

      expect(await ask("no key")).toEqual(malformed);
      expect(await ask(`${key.slice(0, -1)}${key.endsWith("0") ? 1 : 0}`)).toEqual(malformed);
      expect(await ask(42)).toEqual(malformed);
      expect(await ask(undefined)).toEqual(malformed);
      expect(await ask("acme_live_0V3bQk1AA00000000000_00000000000000000000000000000000000000000119T7V")).toEqual({
        ...{ valid: false, code: "unknown", httpStatus: 401 },
      });
    });

    it("is narrowed by what is asked for and by the props of the binding", async () => {
      const manager = await start();
      const { key } = await made(manager.issuer(asIssuer), { prefix: "acme_live", owner: "acct_7" });
      const code = async (props: ValidatorProps, need = {}) =>
        (await manager.validator(props).validate({ key, ...need })).code;

      expect(await code({ caller: "orders", prefixes: ["acme_*"], owners: ["acct_*"] })).toBe("valid");
      expect(await code({}, { prefixes: ["other", "acme_live"] })).toBe("valid");
      expect(await code({}, { prefixes: ["other"] })).toBe("wrong_prefix");
      expect(await code({ prefixes: ["other"] })).toBe("wrong_prefix");
      expect(await code({ owners: ["team_*"] })).toBe("unknown");
    });

    it("refuses a record that was tampered with, and says so only to whom no owner is set", async () => {
      const manager = await start();
      const { key, id } = await made(manager.issuer(asIssuer));
      await manager.tamper(id);

      expect(await manager.validator().validate({ key })).toEqual({ valid: false, code: "tampered", httpStatus: 401 });
      expect((await manager.validator({ owners: ["*"] }).validate({ key })).code).toBe("unknown");
    });

    it.each([
      [{ scopes: ["orders:*"] }],
      [{ scopes: "orders" }],
      [{ anyScope: ["A"] }],
      [{ prefixes: ["ACME"] }],
      [{ ip: "somewhere" }],
      [{ colour: "red" }],
    ])("takes %j for a mistake of the caller, and never skips a check", async (need) => {
      const manager = await start();
      const { key } = await made(manager.issuer(asIssuer));

      expect(await manager.validator().validate({ key, ...(need as object) })).toEqual({
        ...{ valid: false, code: "invalid_request", httpStatus: 500, detail: expect.any(String) },
      });
    });
  });

  describe("issue", () => {
    it("creates, finds and lists keys, newest first, a page at a time", async () => {
      const manager = await start();
      const issuer = manager.issuer(asIssuer);
      const first = await made(issuer, { name: "Café wall", scopes: ["a", "b", "a"] });
      manager.advance(1);
      const second = await made(issuer, { owner: "acct_2", expiresAt: "2099-01-31T23:59:59+02:00" });
      manager.advance(1);
      const third = await made(issuer, { enabled: false, recoverable: false, metadata: { a: { b: [1] } } });
      const { key, ...view } = first;

      expect(view).toEqual({
        ...{ id: first.id, lineage: first.id, name: "Café wall", owner: "acct_1", prefix: "lk_live", version: 1 },
        ...{ hint: `lk_live_...${key.slice(-4)}`, status: "active", enabled: true, scopes: ["a", "b"], metadata: {} },
        ...{ recoverable: true, expiresAt: null, lastUsedAt: null },
        ...{ createdAt: expect.stringMatching(/Z$/), updatedAt: first.createdAt },
        rotation: { predecessor: null, successor: null, graceEndsAt: null },
        ...{ revokedAt: null, revocationReason: null, revocationNote: null },
      });
      expect(second.expiresAt).toBe("2099-01-31T21:59:59.000Z");
      expect(third).toMatchObject({ status: "disabled", recoverable: false, metadata: { a: { b: [1] } } });
      expect(await issuer.get({ id: first.id })).toEqual({ ok: true, value: view });

      const idsOf = async (query: object) => {
        const answer = await issuer.list(query);
        return answer.ok ? answer.value.items.map(({ id }) => id) : answer.code;
      };
      expect(await idsOf({})).toEqual([third.id, second.id, first.id]);
      expect(await idsOf({ owner: "acct_2" })).toEqual([second.id]);
      expect(await idsOf({ owner: ["acct_2", "acct_1"], status: "disabled" })).toEqual([third.id]);
      expect(await idsOf({ scope: ["b"] })).toEqual([first.id]);
      expect(await idsOf({ q: "cafe W" })).toEqual([first.id]);
      expect(await idsOf({ q: second.id })).toEqual([second.id]);
      const page = await issuer.list({ limit: 2 });
      if (!page.ok || page.value.nextCursor === null) throw new Error("there is another page");
      expect(await idsOf({ limit: 2, cursor: page.value.nextCursor })).toEqual([first.id]);
      expect(await idsOf({ cursor: "made up" })).toBe("invalid_cursor");
    });

    it("rotates within the life of the old key, once", async () => {
      const manager = await start();
      const issuer = manager.issuer(asIssuer);
      const old = await made(issuer, { expiresInSeconds: 30, scopes: ["a"] });
      const fresh = await rotated(issuer, old.id, 60);

      expect(fresh).toMatchObject({
        ...{ lineage: old.id, expiresAt: old.expiresAt, scopes: ["a"], status: "active", version: 1 },
        rotation: { predecessor: old.id, successor: null, graceEndsAt: null },
        replaced: { status: "rotating", version: 2, rotation: { successor: fresh.id, graceEndsAt: old.expiresAt } },
      });
      expect(await issuer.rotate({ id: old.id })).toMatchObject({
        ...{ ok: false, code: "already_rotated", httpStatus: 409, successor: fresh.id },
      });
      const last = await rotated(issuer, fresh.id, 0);
      expect((await manager.validator().validate({ key: fresh.key })).code).toBe("rotated");
      expect(await manager.validator().validate({ key: last.key })).toMatchObject({ valid: true, lineage: old.id });
    });

    it("revokes a key and its predecessors in grace, and the first reason stays", async () => {
      const manager = await start();
      const issuer = manager.issuer(asIssuer);
      const first = await made(issuer);
      const second = await rotated(issuer, first.id);
      const third = await rotated(issuer, second.id);
      const revoked = await issuer.revoke({ id: second.id, reason: "leaked", note: "in a log" });
      const again = await issuer.revoke({ id: second.id, reason: "unused" });

      expect(revoked).toMatchObject({ ok: true, value: { status: "revoked", version: 3, alsoRevoked: [first.id] } });
      expect(again).toMatchObject({ ok: true, value: { version: 3, revocationReason: "leaked", alsoRevoked: [] } });
      expect(await manager.validator().validate({ key: third.key })).toMatchObject({ valid: true });
      expect(await issuer.revoke({ id: first.id, lineage: true })).toMatchObject({
        ...{ ok: true, value: { alsoRevoked: [third.id] } },
      });
    });

    it("refuses to rotate what is revoked, expired or disabled", async () => {
      const manager = await start();
      const issuer = manager.issuer(asIssuer);
      const revoked = await made(issuer);
      await issuer.revoke({ id: revoked.id });
      const expired = await made(issuer, { expiresInSeconds: 10 });
      const disabled = await made(issuer, { enabled: false });
      manager.advance(20);
      const codes = [];
      for (const { id } of [revoked, expired, disabled]) codes.push(await issuer.rotate({ id }));

      expect(codes).toMatchObject([
        { code: "key_revoked", httpStatus: 409 },
        { code: "key_expired", httpStatus: 409 },
        { code: "key_disabled", httpStatus: 409 },
      ]);
    });

    it("does once what is sent again under the same Idempotency-Key", async () => {
      const manager = await start();
      const issuer = manager.issuer(asIssuer);
      const call = { name: "A", owner: "o", idempotencyKey: "order-7" };
      const one = await issuer.create(call);
      const two = await issuer.create(call);
      if (!one.ok) throw new Error(one.code);

      expect(two).toEqual(one);
      expect(await issuer.create({ ...call, name: "B" })).toMatchObject({
        code: "idempotency_mismatch",
        httpStatus: 422,
      });
      await issuer.revoke({ id: one.value.id });
      expect(await issuer.create(call)).toMatchObject({ code: "idempotency_spent", httpStatus: 409 });
    });

    it("acts only on the version it was told", async () => {
      const issuer = (await start()).issuer(asIssuer);
      const { id } = await made(issuer);

      expect(await issuer.rotate({ id, ifVersion: 2 })).toMatchObject({
        code: "version_mismatch",
        httpStatus: 412,
        version: 1,
      });
      expect(await issuer.revoke({ id, ifVersion: 1 })).toMatchObject({ ok: true });
    });

    it("may do what the roles and constraints of its props allow, and no more", async () => {
      const manager = await start();
      const { id } = await made(manager.issuer(asIssuer), { owner: "team_1", scopes: ["a:b"] });
      const forbidden = { ok: false, code: "forbidden", httpStatus: 403 };
      const bounded = manager.issuer({ ...asIssuer, owners: ["acct_*"], prefixes: ["lk_*"], scopes: ["orders:*"] });

      expect(await manager.issuer().get({ id })).toMatchObject(forbidden);
      expect(await manager.issuer({ roles: ["nobody"] }).list({})).toMatchObject(forbidden);
      expect(await manager.issuer({ roles: ["auditor"] }).revoke({ id })).toMatchObject(forbidden);
      expect(await manager.issuer({ roles: ["auditor"] }).get({ id })).toMatchObject({ ok: true });
      expect(await bounded.get({ id })).toMatchObject({ code: "key_not_found", httpStatus: 404, id });
      expect(await bounded.list({})).toEqual({ ok: true, value: { items: [], nextCursor: null } });
      const exceeds = { code: "exceeds_grantor", httpStatus: 403 };
      expect(await bounded.create({ name: "A", owner: "team_1" })).toMatchObject(exceeds);
      expect(await bounded.create({ name: "A", owner: "acct_1", scopes: ["a:b"] })).toMatchObject(exceeds);
      expect(await bounded.create({ name: "A", owner: "acct_1", prefix: "acme" })).toMatchObject(exceeds);
      expect(await bounded.create({ name: "A", owner: "acct_1", scopes: ["orders:x"] })).toMatchObject({ ok: true });
      expect(await manager.issuer({ ...asIssuer, scopes: ["x"] }).rotate({ id })).toMatchObject(exceeds);
    });

    it("shows nobody's keys to whoever lost the owner on the way", async () => {
      const issuer = (await start()).issuer(asIssuer);
      const { id } = await made(issuer);
      const lost = { owner: undefined } as never as { owner: string };
      for (const call of [
        () => issuer.list(lost),
        () => issuer.list({ owner: [] }),
        () => issuer.get({ id, ...lost }),
        () => issuer.rotate({ id, ...lost }),
        () => issuer.revoke({ id, ...lost }),
      ]) {
        expect(await call()).toMatchObject({ ok: false, code: "invalid_request" });
      }
    });

    it("rotates no further while fifty keys of the lineage are in grace", async () => {
      const issuer = (await start()).issuer(asIssuer);
      let { id } = await made(issuer);
      for (let made = 0; made < 50; made += 1) ({ id } = await rotated(issuer, id, 3600));
      expect(await issuer.rotate({ id })).toMatchObject({ ok: false, code: "too_many_in_grace", httpStatus: 409 });
    });

    it("takes a key of another owner than the one named for one that does not exist", async () => {
      const issuer = (await start()).issuer(asIssuer);
      const { id } = await made(issuer, { owner: "acct_1" });

      expect(await issuer.get({ id, owner: "acct_2" })).toMatchObject({ code: "key_not_found" });
      expect(await issuer.revoke({ id, owner: "acct_2" })).toMatchObject({ code: "key_not_found" });
      expect(await issuer.get({ id, owner: "acct_1" })).toMatchObject({ ok: true });
      expect(await issuer.get({ id: "key_00000000000000000000" })).toMatchObject({ code: "key_not_found" });
      expect(await issuer.get({ id: "../admins" })).toMatchObject({ code: "key_not_found" });
    });

    it.each([
      ["create", { owner: "o" }, ["#/name"]],
      ["create", { name: " ", owner: "" }, ["#/name", "#/owner"]],
      ["create", { name: "a\u202eb", owner: "o" }, ["#/name"]],
      ["create", { name: "x".repeat(129), owner: "o" }, ["#/name"]],
      ["create", { name: "A", owner: "o", prefix: "lk_admin" }, ["#/prefix"]],
      ["create", { name: "A", owner: "o", colour: "red" }, ["#/colour"]],
      ["create", { name: "A", owner: "o", metadata: { a: null } }, ["#/metadata"]],
      ["create", { name: "A", owner: "o", metadata: [] }, ["#/metadata"]],
      ["create", { name: "A", owner: "o", expiresInSeconds: 0 }, ["#/expiresInSeconds"]],
      [
        "create",
        { name: "A", owner: "o", expiresInSeconds: 9, expiresAt: "2099-01-01T00:00:00Z" },
        ["#/expiresInSeconds"],
      ],
      ["create", { name: "A", owner: "o", expiresAt: "2001-01-01T00:00:00Z" }, ["#/expiresAt"]],
      ["create", { name: "A", owner: "o", expiresAt: "tomorrow" }, ["#/expiresAt"]],
      ["create", { name: "A", owner: "o", idempotencyKey: "with space" }, ["#/idempotencyKey"]],
      ["get", {}, ["#/id"]],
      ["get", { id: 7 }, ["#/id"]],
      ["rotate", { id: "key_00000000000000000000", graceSeconds: 2_592_001 }, ["#/graceSeconds"]],
      ["rotate", { id: "key_00000000000000000000", ifVersion: 0 }, ["#/ifVersion"]],
      ["revoke", { id: "key_00000000000000000000", reason: "Leaked!" }, ["#/reason"]],
    ] as const)("%s of %j is refused, and the place is named", async (method, call, pointers) => {
      const issuer = (await start()).issuer(asIssuer) as unknown as Record<string, (call: object) => Promise<unknown>>;
      const answer = (await issuer[method]?.(call)) as {
        code: string;
        httpStatus: number;
        errors: { pointer: string }[];
      };

      expect(answer).toMatchObject({ ok: false, code: "invalid_request", httpStatus: 400 });
      expect(answer.errors.map(({ pointer }) => pointer)).toEqual(pointers);
    });
  });
};
