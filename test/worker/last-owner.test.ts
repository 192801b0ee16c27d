import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AdminView } from "../../src/core/access/admin.ts";
import {
  adminWith,
  expectNothingDone,
  patchAdmin,
  revokeAdmin,
  rotateAdmin,
  tamperWith,
  whoIs,
} from "../support/admins.ts";
import { forgetEverything, type Manager, startManager } from "../support/manager.ts";
import { type AnyAnswer, expectProblem } from "../support/problems.ts";
import { testWorld } from "../support/test-world.ts";

interface Person {
  readonly id: string;
  readonly by: Manager;
}

let manager: Manager;
let first: Person;

/** May do everything, and is no owner. */
let almighty: Manager;

beforeAll(async () => {
  testWorld.settings = { SHARDS: "1" };
  manager = await startManager();
  first = { id: (await manager.request("/v1/me")).body.id, by: manager };
  const { permissions } = (await manager.request("/v1/roles/owner")).body;
  await manager.saveRole("almighty", { permissions });
  almighty = (await adminWith(manager, ["almighty"])).by;
});
afterAll(forgetEverything);

type Acts = Readonly<Record<string, (by: Manager, id: string) => Promise<AnyAnswer>>>;

const ends: Acts = {
  revoke: (by, id) => revokeAdmin(by, id),
  disable: (by, id) => patchAdmin(by, id, { enabled: false }),
  demote: (by, id) => patchAdmin(by, id, { roles: ["auditor"] }),
  "demote to almost an owner": (by, id) => patchAdmin(by, id, { roles: ["almighty", "operator", "auditor"] }),
  "let expire in the far future": (by, id) => patchAdmin(by, id, { expiresAt: "9999-12-31T23:59:59Z" }),
  "do all at once": (by, id) => patchAdmin(by, id, { name: "Gone", enabled: false, roles: ["auditor"] }),
};

/** Nothing of the kind can be done to this owner, by himself or by others. */
const expectLast = ({ id, by }: Person, others: readonly Manager[] = [almighty]): Promise<void> =>
  expectNothingDone(
    Object.fromEntries(
      [by, ...others].flatMap((actor, index) =>
        Object.entries(ends).map(([what, act]) => [`${what}, by ${index}`, () => act(actor, id)]),
      ),
    ),
    409,
    "last_owner",
  );

const anOwner = async (fields: Readonly<Record<string, unknown>> = {}) => {
  const created = await manager.createAdmin({ roles: ["owner"], ...fields });
  return { ...created, by: manager.as(created.key) };
};

describe("the only owner", () => {
  it("stays, whoever wants what", async () => {
    await expectLast(first);
    expect(await whoIs(manager, manager.adminKey)).toBe("active owner");
  });

  it("may be renamed and have other roles beside", async () => {
    expect((await patchAdmin(manager, first.id, { name: "Ada", roles: ["auditor", "owner"] })).status).toBe(200);
    await expectLast(first);
    expect((await patchAdmin(manager, first.id, { roles: ["owner"] })).status).toBe(200);
  });

  it.each<[string, (other: { readonly id: string }) => Promise<unknown>]>([
    ["disabled", ({ id }) => patchAdmin(manager, id, { enabled: false })],
    ["expiring", ({ id }) => patchAdmin(manager, id, { expiresAt: "9999-12-31T23:59:59Z" })],
    ["revoked", ({ id }) => revokeAdmin(manager, id)],
    ["demoted", ({ id }) => patchAdmin(manager, id, { roles: ["almighty"] })],
    ["tampered with", ({ id }) => tamperWith("admins", id, "name", "Mallory")],
    ["tampered into", ({ id }) => tamperWith("admins", id, "roles", '["owner","auditor"]')],
  ])("is one beside whom another is %s", async (_what, act) => {
    const other = await anOwner();
    await act(other);
    await expectLast(first);
  });

  it("is one beside whom an auditor was made an owner in the database", async () => {
    const { id } = await manager.createAdmin();
    await tamperWith("admins", id, "roles", '["owner"]');
    await expectLast(first);
  });

  it("is one beside whom another's old key is in grace, its successor disabled", async () => {
    const other = await anOwner();
    const { body: successor } = await rotateAdmin(manager, other.id);
    await patchAdmin(manager, successor.id, { enabled: false });
    await patchAdmin(manager, other.id, { enabled: true });
    expect(await whoIs(manager, other.key)).toBe("rotating owner");
    await expectLast(first, [other.by]);
    await revokeAdmin(manager, successor.id);
  });

  it("is no longer the only one once another is whole again", async () => {
    const other = await anOwner({ expiresAt: "9999-12-31T23:59:59Z" });
    await expectLast(first);
    await patchAdmin(manager, other.id, { expiresAt: null });
    for (const act of Object.values(ends).slice(1)) {
      expect((await act(manager, other.id)).status).toBe(200);
      expect((await patchAdmin(manager, other.id, { enabled: true, roles: ["owner"], expiresAt: null })).status).toBe(
        200,
      );
    }
    expect((await revokeAdmin(other.by, other.id)).status).toBe(200);
    await expectLast(first);
  });
});

describe("the only owner, rotated", () => {
  it("is the successor: the old key may go, the new one may not", async () => {
    const { body: successor } = await rotateAdmin(manager, first.id);
    const next = { id: successor.id, by: manager.as(successor.key) };
    await expectLast(next, [manager, almighty]);
    expect((await patchAdmin(next.by, first.id, { enabled: false })).status).toBe(200);
    await expectLast(next);
    expect((await revokeAdmin(next.by, first.id)).status).toBe(200);
    await expectLast(next);

    const { body: third } = await rotateAdmin(next.by, next.id, { graceSeconds: 0 });
    expect(await whoIs(manager, successor.key)).toBe("401 invalid_credential rotated");
    manager.adminKey = third.key;
    first = { id: third.id, by: manager };
    await expectLast(first);
  });

  it("keeps the old key too where revoking the new one is refused", async () => {
    const key = manager.adminKey;
    const { body: successor } = await rotateAdmin(manager, first.id);
    expectProblem(await revokeAdmin(manager, successor.id), 409, "last_owner");
    expect([await whoIs(manager, key), await whoIs(manager, successor.key)]).toEqual([
      "rotating owner",
      "active owner",
    ]);
    manager.adminKey = successor.key;
    first = { id: successor.id, by: manager };
  });

  it("does not count as two: old and new cannot end each other", async () => {
    const old = { id: first.id, by: manager.as(manager.adminKey) };
    const { body: successor } = await rotateAdmin(manager, first.id);
    manager.adminKey = successor.key;
    first = { id: successor.id, by: manager };
    const answers = await Promise.all([revokeAdmin(manager, old.id), revokeAdmin(old.by, first.id)]);
    expect(answers.map(({ status }) => status)).toEqual([200, expect.toSatisfy((status) => status >= 400)]);
    expect(await whoIs(manager, manager.adminKey)).toBe("active owner");
  });
});

describe("two owners who end each other in the same moment", () => {
  it("never both succeed, and the one who is left can go on", async () => {
    const rounds = 50;
    const acts = ["revoke", "disable", "demote", "let expire in the far future"].map(
      (name) => ends[name] ?? revokeAdmin,
    );
    const codes: string[] = [];
    let [one, other]: [Person, Person] = [first, await anOwner()];
    for (let round = 0; round < rounds; round += 1) {
      const [act = revokeAdmin, counterAct = revokeAdmin] = [acts[round % 4], acts[Math.floor(round / 4) % 4]];
      // An isolate that has yet to load its secrets and the register would always come second.
      await other.by.request("/v1/me");
      const answers = await Promise.all([act(one.by, other.id), counterAct(other.by, one.id)]);
      codes.push(...answers.map(({ status, body }) => body.code ?? String(status)));
      const seen = await Promise.all([one, other].map(({ by }) => by.request<AdminView>("/v1/me")));
      const alive = [one, other].filter((_person, index) => {
        const { status, body } = seen[index] ?? { status: 0 };
        return status === 200 && body?.roles.includes("owner") && body.expiresAt === null;
      });
      expect([round, alive.length]).toEqual([round, 1]);
      first = alive[0] ?? first;
      const made = await first.by.createAdmin({ roles: ["owner"] });
      [one, other] = [first, { id: made.id, by: first.by.as(made.key) }];
    }
    expect(codes.filter((code) => code === "200")).toHaveLength(rounds);
    expect(codes.filter((code) => code === "last_owner").length).toBeGreaterThan(rounds / 2);
  });
});
