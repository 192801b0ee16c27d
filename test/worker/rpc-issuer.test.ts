import { afterEach, describe, expect, it } from "vitest";
import { type CreatedKey, forgetEverything, inObject, Manager, objectOf, startManager } from "../support/manager.ts";
import { issued, untyped } from "../support/sibling.ts";

afterEach(forgetEverything);

const props = { caller: "portal", roles: ["issuer"] };
const issuerOf = (manager: Manager) => untyped(manager.issuer(props));

const notFound = { ok: false, code: "key_not_found", httpStatus: 404 };
const invalid = { ok: false, code: "invalid_request", httpStatus: 400 };

describe("an issuer", () => {
  it("creates, shows, lists, rotates and revokes keys as REST does", async () => {
    const manager = await startManager();
    const issuer = issuerOf(manager);
    const made = await issuer.create({ name: "Server", owner: "acct_1", scopes: ["orders:*"], metadata: { a: [1] } });
    expect(made).toMatchObject({ ok: true, value: { name: "Server", version: 1, metadata: { a: [1] } } });
    const { key, ...view } = made.value;
    expect(await issuer.get({ id: view.id })).toEqual({ ok: true, value: view });
    expect((await manager.request(`/v1/keys/${view.id}`)).body).toEqual(view);

    const turned = await issuer.rotate({ id: view.id, graceSeconds: 60, ifVersion: 1 });
    expect(turned).toMatchObject({
      ok: true,
      value: { lineage: view.id, replaced: { id: view.id, status: "rotating" } },
    });
    expect(await manager.validator().validate({ key: turned.value.key })).toMatchObject({ valid: true });
    expect(await issuer.list({ owner: "acct_1", limit: 1 })).toEqual({
      ok: true,
      value: (await manager.request("/v1/keys?owner=acct_1&limit=1")).body,
    });

    const revoked = await issuer.revoke({ id: turned.value.id, reason: "leaked", note: "seen in a log" });
    expect(revoked).toMatchObject({ ok: true, value: { revocationReason: "leaked", alsoRevoked: [view.id] } });
    expect(await manager.validator().validate({ key })).toMatchObject({ code: "revoked" });
  });

  it("walks a list page by page, with filters that name one value or several", async () => {
    const manager = new Manager();
    const made: CreatedKey[] = [];
    for (const owner of ["acct_1", "acct_2", "acct_3", "acct_1"]) made.push(await issued(manager, { owner }));
    const wanted = made.filter(({ owner }) => owner !== "acct_3").map(({ id }) => id);
    const issuer = issuerOf(manager);
    const walked: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await issuer.list({ owner: ["acct_1", "acct_2"], status: "active", limit: 1, cursor });
      expect(page.ok).toBe(true);
      walked.push(...page.value.items.map(({ id }: CreatedKey) => id));
      cursor = page.value.nextCursor ?? undefined;
    } while (cursor);
    expect(walked.toSorted()).toEqual(wanted.toSorted());
    const first = await issuer.list({ limit: 1 });
    const narrower = untyped(manager.issuer({ ...props, owners: ["acct_*"] }));
    expect(await narrower.list({ limit: 1, cursor: first.value.nextCursor })).toMatchObject({ code: "invalid_cursor" });
  });

  it("is named in its events as a service", async () => {
    const manager = new Manager();
    const { id } = await issued(manager, {}, { caller: "portal" });
    await issuerOf(manager).revoke({ id, reason: "left" });
    const events = await inObject(objectOf(id), (sql) => [
      ...sql.exec(
        "SELECT type, actor_kind, actor_name, actor_id, reason FROM events WHERE subject_id = ? ORDER BY sequence",
        id,
      ),
    ]);
    const actor = { actor_kind: "service", actor_name: "portal", actor_id: null };
    expect(events).toEqual([
      { type: "key.created", ...actor, reason: null },
      { type: "key.revoked", ...actor, reason: "left" },
    ]);
  });

  it("answers a repeated call with the same secret, and another call under its idempotencyKey not at all", async () => {
    const manager = new Manager();
    const issuer = issuerOf(manager);
    const call = { name: "A key", owner: "acct_1", idempotencyKey: "order-1" };
    const first = await issuer.create(call);
    expect(await issuer.create(call)).toEqual(first);
    expect(await issuer.create({ ...call, name: "Another" })).toMatchObject({
      code: "idempotency_mismatch",
      httpStatus: 422,
    });
    const { id } = first.value;
    const turned = await issuer.rotate({ id, idempotencyKey: "turn-1" });
    expect(await issuer.rotate({ id, idempotencyKey: "turn-1" })).toEqual(turned);
    expect(await issuer.rotate({ id, idempotencyKey: "turn-2" })).toMatchObject({
      code: "already_rotated",
      httpStatus: 409,
      successor: turned.value.id,
    });
    await issuer.revoke({ id: turned.value.id, idempotencyKey: "end-1" });
    expect(await issuer.create(call)).toMatchObject({ code: "idempotency_spent", httpStatus: 409 });
  });

  it("shows no other caller, and no narrower one, the secret of a repeated call", async () => {
    const manager = new Manager();
    const call = { name: "A key", owner: "acct_1", idempotencyKey: "order-1" };
    const first = await issuerOf(manager).create(call);
    const other = await untyped(manager.issuer({ ...props, caller: "another" })).create(call);
    expect(other.value.id).not.toBe(first.value.id);
    expect(await untyped(manager.issuer({ ...props, owners: ["acct_2"] })).create(call)).toMatchObject({
      code: "exceeds_grantor",
    });
  });

  it("refuses an act on another version than the one meant", async () => {
    const manager = new Manager();
    const { id } = await issued(manager);
    const stale = { ok: false, code: "version_mismatch", httpStatus: 412, version: 1 };
    expect(await issuerOf(manager).rotate({ id, ifVersion: 2 })).toMatchObject(stale);
    expect(await issuerOf(manager).revoke({ id, ifVersion: 2 })).toMatchObject(stale);
  });
});

describe("a call that names an owner", () => {
  it("finds nobody else's key: neither to show, nor to rotate, nor to revoke", async () => {
    const manager = new Manager();
    const foreign = await issued(manager, { owner: "acct_2" });
    const before = await issuerOf(manager).get({ id: foreign.id });
    for (const owner of ["acct_1", "acct_", "acct_22"]) {
      for (const method of ["get", "rotate", "revoke"] as const) {
        expect(await issuerOf(manager)[method]({ id: foreign.id, owner })).toMatchObject(notFound);
      }
    }
    expect(await issuerOf(manager).get({ id: foreign.id, owner: "acct_2" })).toEqual(before);
    expect(
      await untyped(manager.issuer({ ...props, owners: ["acct_1"] })).get({ id: foreign.id, owner: "acct_2" }),
    ).toMatchObject(notFound);
  });

  it("cannot name all of them: by no pattern, and by nothing at all", async () => {
    const manager = new Manager();
    const { id } = await issued(manager, { owner: "acct_2" });
    for (const owner of ["*", "acct_*", "", "*acct_2", null, undefined, ["acct_2"], 7, { length: 1 }]) {
      for (const method of ["get", "rotate", "revoke"] as const) {
        const answer = await issuerOf(manager)[method]({ id, owner });
        expect(answer, `${method} ${JSON.stringify(owner)}`).toMatchObject(invalid);
        expect(answer.errors).toMatchObject([{ pointer: "#/owner" }]);
      }
    }
    for (const owner of ["*", "", null, undefined, [], [undefined], [["acct_2"]], 7]) {
      const answer = await issuerOf(manager).list({ owner });
      expect(answer, `list ${JSON.stringify(owner)}`).toMatchObject(invalid);
    }
    expect(await issuerOf(manager).create({ name: "A key", owner: undefined })).toMatchObject(invalid);
  });
});

describe("a call of an issuer that is not right", () => {
  const places = async (method: "create" | "list" | "get" | "rotate" | "revoke", call: unknown): Promise<string[]> => {
    const answer = await issuerOf(new Manager())[method](call);
    expect(answer).toMatchObject(invalid);
    return answer.errors.map(({ pointer }: { pointer: string }) => pointer);
  };
  const id = "key_00000000000000000000";
  const create = { name: "A key", owner: "acct_1" };

  it("is refused for a member that is not known, by every method", async () => {
    expect(await places("create", { ...create, scope: ["a"] })).toEqual(["#/scope"]);
    expect(await places("create", { ...create, id })).toEqual(["#/id"]);
    expect(await places("list", { owners: ["a"] })).toEqual(["#/owners"]);
    expect(await places("get", { id, version: 1 })).toEqual(["#/version"]);
    expect(await places("rotate", { id, grace: 0 })).toEqual(["#/grace"]);
    expect(await places("revoke", { id, cause: "leaked" })).toEqual(["#/cause"]);
    expect(await places("get", { id, idempotencyKey: "a" })).toEqual(["#/idempotencyKey"]);
    expect(await places("get", JSON.parse(`{"id":"${id}","__proto__":{"owner":"acct_1"}}`))).toEqual(["#/__proto__"]);
  });

  it("is refused for a value that is not right, and the answer names the place", async () => {
    expect(await places("create", { ...create, expiresInSeconds: 0 })).toEqual(["#/expiresInSeconds"]);
    expect(await places("create", { ...create, expiresAt: "2001-01-01T00:00:00Z" })).toEqual(["#/expiresAt"]);
    expect(await places("create", { ...create, idempotencyKey: "" })).toEqual(["#/idempotencyKey"]);
    expect(await places("list", { limit: 201 })).toEqual(["#/limit"]);
    expect(await places("list", { limit: "50" })).toEqual(["#/limit"]);
    expect(await places("list", { q: null })).toEqual(["#/q"]);
    expect(await places("list", { q: { a: 1 } })).toEqual(["#/q"]);
    expect(await places("list", { status: ["live"] })).toEqual(["#/status"]);
    expect(await places("rotate", { id, ifVersion: "1" })).toEqual(["#/ifVersion"]);
    expect(await places("rotate", { id, ifVersion: 0 })).toEqual(["#/ifVersion"]);
    expect(await places("get", {})).toEqual(["#/id"]);
    for (const request of [undefined, null, [], "key", 7, () => 1, new Map(), new Date(0)]) {
      expect(await places("list", request), String(request)).toEqual(["#"]);
    }
  });

  it("is refused for what JSON cannot say, wherever it stands", async () => {
    const selfish: Record<string, unknown> = {};
    selfish.self = selfish;
    const metadata = [new Date(0), new Map([["a", 1]]), 1n, Number.NaN, () => 1, new Uint8Array(2), [undefined], /a/];
    for (const value of metadata) {
      expect((await places("create", { ...create, metadata: { a: value } }))[0], String(value)).toMatch(
        /^#\/metadata\/a/,
      );
    }
    expect((await places("create", { ...create, metadata: selfish }))[0]).toMatch(/^#\/metadata(\/self)+$/);
  });

  it("is refused for a whole key in a text, as a body over HTTP is", async () => {
    const { key } = await issued(new Manager());
    expect(await places("create", { ...create, name: `the key ${key}` })).toEqual(["#/name"]);
    expect(await places("create", { ...create, metadata: { note: [key] } })).toEqual(["#/metadata/note/0"]);
    expect(await places("revoke", { id, note: key })).toEqual(["#/note"]);
    expect(await places("create", { ...create, idempotencyKey: key })).toEqual(["#/idempotencyKey"]);
  });

  it("is refused where it is too large, however it is made large", async () => {
    const issuer = issuerOf(new Manager());
    const tooLarge = { ok: false, code: "payload_too_large", httpStatus: 413 };
    expect(await issuer.create({ ...create, name: "a".repeat(10_000_000) })).toMatchObject(tooLarge);
    expect(await issuer.create({ ...create, scopes: new Array(4_000_000) })).toMatchObject(tooLarge);
    let doubled: object = {};
    for (let level = 0; level < 30; level += 1) doubled = { one: doubled, other: doubled };
    expect(await issuer.create({ ...create, metadata: doubled })).toMatchObject(tooLarge);
  });

  it("finds nothing by an id that is none", async () => {
    for (const wrong of ["", "nonsense", "adm_00000000000000000000", `${id}0`, "key_zz", id]) {
      expect(await issuerOf(new Manager()).get({ id: wrong })).toMatchObject(notFound);
    }
  });
});
