import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ofTeam } from "../support/a-team.ts";
import { adminWith, expectNothingDone } from "../support/admins.ts";
import { forge } from "../support/forgery.ts";
import { listPage, walk } from "../support/list-walk.ts";
import {
  type CreatedKey,
  forgetEverything,
  inObject,
  type Manager,
  objectOf,
  startManager,
} from "../support/manager.ts";
import { type AnyAnswer, expectProblem } from "../support/problems.ts";

type Acts = Record<string, () => Promise<AnyAnswer>>;

let manager: Manager;
let serial = 0;

const { permissions: everyActOnKeys } = ofTeam;

const keyOf = (owner: string, fields: Readonly<Record<string, unknown>> = {}): Promise<CreatedKey> =>
  manager.createKey({ owner, scopes: ["orders:read"], ...fields });

const withRoles = async (...roles: readonly string[]): Promise<Manager> => (await adminWith(manager, roles)).by;

const roleWith = async (permissions: readonly string[], constraint: object): Promise<string> => {
  const name = `role-${++serial}`;
  await manager.saveRole(name, { permissions, constraint });
  return name;
};

beforeAll(async () => {
  manager = await startManager();
  await manager.saveRole("work-a", { permissions: everyActOnKeys, constraint: { owners: ["a*"] } });
  await manager.saveRole("work-b", { permissions: everyActOnKeys, constraint: { owners: ["b*"] } });
  await manager.saveRole("read-a", { permissions: ["keys:read"], constraint: { owners: ["a*"] } });
  await manager.saveRole("revoke-b", { permissions: ["keys:revoke"], constraint: { owners: ["b*"] } });
});
afterAll(forgetEverything);

const changesOf = (by: Manager, { id }: { readonly id: string }): Acts => ({
  rename: () => by.patch(id, { name: "Mine" }),
  "change nothing": () => by.patch(id, {}),
  disable: () => by.patch(id, { enabled: false }),
  rotate: () => by.rotate(id),
  finish: () => by.finish(id),
  cancel: () => by.cancel(id, { force: true }),
  reveal: () => by.reveal(id),
  revoke: () => by.revoke(id, { lineage: true }),
  delete: () => by.delete(id),
});

const idsIn = async (by: Manager, filters = "limit=200"): Promise<string[]> =>
  (await walk(by, filters)).map(({ id }) => id);

describe("an auditor who also works for one owner", () => {
  it("sees every key and changes only those of that owner", async () => {
    const by = await withRoles("auditor", "work-a");
    const [ours, theirs] = [await keyOf("a1"), await keyOf("b1")];
    await manager.rotate(theirs.id);
    expect(await idsIn(by)).toEqual(await idsIn(manager));
    expect((await by.request(`/v1/keys/${theirs.id}`)).status).toBe(200);
    await expectNothingDone(changesOf(by, theirs), 404, "key_not_found");
    expect((await by.patch(ours.id, { name: "Ours" })).status).toBe(200);
    expect((await by.reveal(ours.id)).body.key).toBe(ours.key);
    const { body } = await by.rotate(ours.id);
    expect((await by.revoke(body.id)).body.alsoRevoked).toEqual([ours.id]);
  });

  it("makes keys for that owner alone, and validates no other's", async () => {
    const by = await withRoles("auditor", "work-a");
    const theirs = await keyOf("b1");
    const make = (owner: string) => by.request("/v1/keys", { json: { name: "A key", owner } });
    await expectNothingDone({ make: () => make("b1") }, 403, "exceeds_grantor");
    const { body: made } = await make("a1");
    expect(await by.validate(made.key)).toMatchObject({ valid: true, owner: "a1" });
    expect(await by.validate(theirs.key)).toEqual(await by.validate(forge({})));
  });
});

describe("two roles of different owners and different permissions", () => {
  it("each give what they give, and nothing of the other", async () => {
    const by = await withRoles("read-a", "revoke-b");
    const [ours, theirs] = [await keyOf("a1"), await keyOf("b1")];
    const seen = await walk(by);
    expect(seen.map(({ id }) => id)).toContain(ours.id);
    expect(new Set(seen.map(({ owner }) => owner[0]))).toEqual(new Set(["a"]));
    expectProblem(await by.request(`/v1/keys/${theirs.id}`), 404, "key_not_found");
    await expectNothingDone({ revoke: () => by.revoke(ours.id) }, 404, "key_not_found");
    expect((await by.revoke(theirs.id)).body.status).toBe("revoked");
  });

  it("show the keys of both where both may read, and neither scopes nor prefixes of one to the other", async () => {
    const both = await withRoles(
      await roleWith(["keys:read"], { owners: ["a*"], prefixes: ["acme_*"] }),
      await roleWith(["keys:read"], { owners: ["b*"], prefixes: ["lk_*"] }),
    );
    const made = [];
    for (const [owner, prefix] of [
      ["a1", "acme_live"],
      ["a1", "lk_live"],
      ["b1", "acme_live"],
      ["b1", "lk_live"],
    ] as const) {
      made.push((await keyOf(owner, { prefix, name: "Crossing" })).id);
    }
    expect((await idsIn(both, "q=crossing")).toReversed()).toEqual([made[0], made[3]]);
  });

  it("make no key together: the owner from one, the scopes or the prefix from the other", async () => {
    const by = await withRoles(
      await roleWith(["keys:create"], { owners: ["a*"], scopes: ["orders:*"], prefixes: ["acme_*"] }),
      await roleWith(["keys:create"], { owners: ["b*"], scopes: ["users:*"], prefixes: ["lk_*"] }),
    );
    const make = (owner: string, prefix: string, ...scopes: readonly string[]) =>
      by.request("/v1/keys", { json: { name: "A key", owner, prefix, scopes } });
    await expectNothingDone({
      scopes: () => make("a1", "acme_live", "users:read"),
      "scopes of both": () => make("a1", "acme_live", "orders:read", "users:read"),
      prefix: () => make("a1", "lk_live", "orders:read"),
      "prefix and scopes": () => make("a1", "lk_live", "users:read"),
    });
    expect((await make("a1", "acme_live", "orders:read")).status).toBe(201);
    expect((await make("b1", "lk_live", "users:read")).status).toBe(201);
  });

  it("move no key from the one owner to the other, nor scopes", async () => {
    const by = await withRoles("work-a", "work-b");
    const { id } = await keyOf("a1");
    await expectNothingDone({ move: () => by.patch(id, { owner: "b1" }) });
    expect((await by.patch(id, { owner: "a2" })).status).toBe(200);

    const ofScopes = await withRoles(
      await roleWith(["keys:update"], { scopes: ["orders:*"] }),
      await roleWith(["keys:update"], { scopes: ["users:*"] }),
    );
    await expectNothingDone({ turn: () => ofScopes.patch(id, { scopes: ["users:read"] }) });
  });
});

describe("a key that a caller may not see", () => {
  it("is absent from every list and search", async () => {
    const by = await withRoles("work-a");
    const hidden = await keyOf("b7", { name: "Invisible", prefix: "hid_live", scopes: ["hidden:read"] });
    const shown = await keyOf("a7", { name: "Invisible", prefix: "hid_live", scopes: ["hidden:read"] });
    const filters = ["owner=b7&owner=a7", "prefix=hid_live", "scope=hidden:read", "q=invisible", "status=active"];
    for (const filter of filters) {
      expect(await idsIn(manager, `${filter}&limit=200`)).toContain(hidden.id);
      for (const limit of [2, 200]) {
        const ids = await idsIn(by, `${filter}&limit=${limit}`);
        expect([filter, ids.includes(shown.id), ids.includes(hidden.id)]).toEqual([filter, true, false]);
      }
    }
    for (const filter of [`q=${hidden.id}`, "owner=b7", `lineage=${hidden.id}`])
      expect(await idsIn(by, filter)).toEqual([]);
  });

  it("cannot be told from one that never was, by any act", async () => {
    const by = await withRoles("work-a");
    const hidden = await keyOf("b1");
    const never = { id: hidden.id.replace(/.{6}$/, "000000") };
    const acts = (key: { readonly id: string }): Acts => ({
      ...changesOf(by, key),
      get: () => by.request(`/v1/keys/${key.id}`),
    });
    const told = async (act: () => Promise<AnyAnswer>, id: string) => {
      const { status, body } = await act();
      return JSON.stringify({ ...body, status, requestId: "" }).replaceAll(id, "");
    };
    for (const [name, act] of Object.entries(acts(hidden))) {
      const other = acts(never)[name] ?? act;
      expect([name, await told(act, hidden.id)]).toEqual([name, await told(other, never.id)]);
    }
    await expectNothingDone(acts(hidden), 404, "key_not_found");
  });

  it("is unknown to a validation, or of a wrong prefix where prefixes are narrowed", async () => {
    const key = await keyOf("b1");
    expect(await (await withRoles("work-a")).validate(key.key)).toEqual({
      valid: false,
      code: "unknown",
      httpStatus: 401,
    });
    const ofPrefix = await withRoles(await roleWith(["keys:validate"], { prefixes: ["acme_*"] }));
    expect(await ofPrefix.validate(key.key)).toEqual({ valid: false, code: "wrong_prefix", httpStatus: 403 });
  });

  it("is one whose record was tampered with, for whoever is narrowed in any way", async () => {
    const { id, key } = await keyOf("a1");
    const narrowed = [];
    for (const constraint of [{ owners: ["*"] }, { prefixes: ["*"] }, { scopes: ["*"] }]) {
      narrowed.push(await withRoles(await roleWith(everyActOnKeys, constraint)));
    }
    await inObject(objectOf(id), (sql) => sql.exec("UPDATE api_keys SET name = 'B' WHERE id = ?", id));
    for (const by of narrowed) {
      await expectNothingDone(changesOf(by, { id }), 404, "key_not_found");
      expect(await idsIn(by)).not.toContain(id);
    }
    expect(await narrowed[0]?.validate(key)).toMatchObject({ code: "unknown" });
    expect((await manager.request(`/v1/keys/${id}`)).body.tampered).toBe(true);
  });

  it("cannot be reached with a cursor of a caller who sees more, nor of oneself with other roles", async () => {
    const name = await roleWith(["keys:read"], { owners: ["a*"] });
    const by = await withRoles(name);
    for (const owner of ["a1", "a2", "b1", "a3"]) await keyOf(owner);
    const [wide, narrow] = [await listPage(manager, "limit=1"), await listPage(by, "limit=1")];
    const page = (cursor: string | null) => by.request(`/v1/keys?limit=1&cursor=${cursor}`);
    expectProblem(await page(wide.body.nextCursor), 400, "invalid_cursor");
    expect((await page(narrow.body.nextCursor)).status).toBe(200);
    await manager.saveRole(name, { permissions: ["keys:read"], constraint: { owners: ["b*"] } });
    expectProblem(await page(narrow.body.nextCursor), 400, "invalid_cursor");
  });
});

describe("a key of one owner, moved to another", () => {
  it("is not, out of the caller's sight or into it", async () => {
    const by = await withRoles("work-a");
    const [ours, theirs] = [await keyOf("a1"), await keyOf("b1")];
    await expectNothingDone({ out: () => by.patch(ours.id, { owner: "b1" }) });
    await expectNothingDone({ in: () => by.patch(theirs.id, { owner: "a1" }) }, 404, "key_not_found");
  });

  it("is another's from that moment on, with everything", async () => {
    const by = await withRoles("work-a");
    const moved = await keyOf("a1");
    await manager.patch(moved.id, { owner: "b1" });
    await expectNothingDone(changesOf(by, moved), 404, "key_not_found");
  });
});

describe("a lineage that reaches out of the caller's sight", () => {
  /** The first key is of one owner, its successor of another. */
  const lineageOf = async (first: string, second: string) => {
    const old = await keyOf(first);
    const { body } = await manager.rotate(old.id);
    await manager.patch(body.id, { owner: second });
    return { old, successor: body };
  };

  it("loses no key that is not seen when one that is seen is revoked", async () => {
    const by = await withRoles("work-a", "auditor");
    const { old, successor } = await lineageOf("b1", "a1");
    await expectNothingDone(
      { revoke: () => by.revoke(successor.id), "the lineage": () => by.revoke(successor.id, { lineage: true }) },
      403,
      "forbidden",
    );
    expect(await manager.validate(old.key)).toMatchObject({ valid: true });
  });

  it("loses no successor that is not seen, by a revocation of the lineage or a cancelled rotation", async () => {
    const by = await withRoles("work-a", "auditor");
    const { old, successor } = await lineageOf("a1", "b1");
    await expectNothingDone(
      { "the lineage": () => by.revoke(old.id, { lineage: true }), cancel: () => by.cancel(old.id, { force: true }) },
      403,
      "forbidden",
    );
    expect(await manager.validate(successor.key)).toMatchObject({ valid: true });
    expect((await by.finish(old.id)).body.status).toBe("rotated");
    expect((await by.revoke(old.id)).body).toMatchObject({ status: "revoked", alsoRevoked: [] });
    expect(await manager.validate(successor.key)).toMatchObject({ valid: true });
  });

  it("is not reached by two roles of which each sees one of its keys", async () => {
    const by = await withRoles("work-a", "work-b");
    const { old, successor } = await lineageOf("a1", "b1");
    await expectNothingDone(
      {
        revoke: () => by.revoke(successor.id),
        "the lineage": () => by.revoke(old.id, { lineage: true }),
        cancel: () => by.cancel(old.id, { force: true }),
      },
      403,
      "forbidden",
    );
  });
});
