import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fresh, managing, ofTeam, startWithTeam, within } from "../support/a-team.ts";
import {
  adminWith,
  deleteRole,
  expectNothingDone,
  patchAdmin,
  putRole,
  revokeAdmin,
  rotateAdmin,
  tamperWith,
  whoIs,
} from "../support/admins.ts";
import { forgetEverything, type Manager } from "../support/manager.ts";
import type { AnyAnswer } from "../support/problems.ts";
import { testWorld } from "../support/test-world.ts";

type Acts = Record<string, () => Promise<AnyAnswer>>;

let manager: Manager;

beforeAll(async () => {
  manager = await startWithTeam();
});
afterAll(forgetEverything);

const hourMs = 3_600_000;

/** May manage admins and roles, and all about the keys of one team. */
const aManager = (roles: readonly string[] = ["managing", "team"]) => adminWith(manager, roles);

/** Whatever can be done to an admin. */
const actsOn = (by: Manager, id: string): Acts => ({
  rotate: () => rotateAdmin(by, id, { graceSeconds: 0 }),
  revoke: () => revokeAdmin(by, id),
  disable: () => patchAdmin(by, id, { enabled: false }),
  enable: () => patchAdmin(by, id, { enabled: true }),
  rename: () => patchAdmin(by, id, { name: "Mine" }),
  demote: () => patchAdmin(by, id, { roles: ["managing"] }),
  "let expire": () => patchAdmin(by, id, { expiresAt: "2999-01-01T00:00:00Z" }),
  "let live": () => patchAdmin(by, id, { expiresAt: null }),
  "change nothing": () => patchAdmin(by, id, {}),
});

describe("an admin who may manage admins and roles", () => {
  it("does all of it within the rights held", async () => {
    const { by } = await aManager();
    for (const roles of [["managing"], ["team"], ["team", "managing"]]) {
      const made = await by.createAdmin({ roles });
      const rotated = await rotateAdmin(by, made.id);
      expect([rotated.status, await whoIs(manager, rotated.body.key)]).toEqual([201, `active ${roles.join(" ")}`]);
      expect(await patchAdmin(by, rotated.body.id, { enabled: false })).toMatchObject({ status: 200 });
      expect(await revokeAdmin(by, rotated.body.id)).toMatchObject({ status: 200, body: { alsoRevoked: [made.id] } });
    }
    const name = fresh("narrower");
    const narrower = {
      owners: ["acct_4*", "acct_42"],
      prefixes: ["acme_live"],
      scopes: ["orders:*:own", "users:read"],
    };
    expect((await putRole(by, name, { permissions: ["keys:read"], constraint: narrower })).status).toBe(201);
    expect((await by.createAdmin({ roles: [name] })).roles).toEqual([name]);
    expect((await putRole(by, name, ofTeam)).status).toBe(200);
    expect((await putRole(by, fresh("managing"), managing)).status).toBe(201);
  });

  it.each(["owner", "auditor", "whole-team", "revealing"])(
    "cannot act on one who holds %s, dead or alive",
    async (role) => {
      const { by } = await aManager();
      const [live, disabled, revoked] = [
        await aManager([role]),
        await aManager([role]),
        await aManager(["team", role]),
      ];
      await patchAdmin(manager, disabled.id, { enabled: false });
      await revokeAdmin(manager, revoked.id);
      await expectNothingDone({
        ...actsOn(by, live.id),
        "enable a disabled one": () => patchAdmin(by, disabled.id, { enabled: true }),
        "rotate a disabled one": () => rotateAdmin(by, disabled.id),
        "revoke a revoked one": () => revokeAdmin(by, revoked.id),
        "enable a revoked one": () => patchAdmin(by, revoked.id, { enabled: true }),
      });
      expect(await whoIs(manager, live.key)).toBe(`active ${role}`);
    },
  );

  it("cannot revive an expired one who may more", async () => {
    const { by } = await aManager();
    const expiresAt = new Date(Date.now() + testWorld.clockOffsetMs + hourMs).toISOString();
    const { id } = await manager.createAdmin({ roles: ["issuer"], expiresAt });
    testWorld.clockOffsetMs += 2 * hourMs;
    expect((await manager.request(`/v1/admins/${id}`)).body.status).toBe("expired");
    await expectNothingDone(actsOn(by, id));
  });

  it("cannot act on one whose record was tampered with: nobody knows what it was", async () => {
    const { by } = await aManager();
    const { id } = await aManager();
    await tamperWith("admins", id, "roles", '["team"]');
    await expectNothingDone(actsOn(by, id));
  });

  it("cannot act on one whose role was tampered with: it may be put back", async () => {
    const { by } = await aManager();
    const name = fresh("vault");
    await manager.saveRole(name, { permissions: ["keys:reveal"], description: "Opens the vault" });
    const { id } = await aManager([name]);
    await tamperWith("roles", name, "description", "Nothing to see");
    await expectNothingDone(actsOn(by, id));
  });

  it.each([
    { roles: ["owner"] },
    { roles: ["team", "issuer"] },
    { roles: ["whole-team"] },
    { roles: ["managing", "revealing"] },
  ])("cannot make one who holds $roles, nor turn anybody into one, itself neither", async ({ roles }) => {
    const me = await aManager();
    const puppet = await me.by.createAdmin({ roles: ["managing"] });
    await expectNothingDone({
      make: () => me.by.request("/v1/admins", { json: { name: "Puppet", roles } }),
      "make for a while": () =>
        me.by.request("/v1/admins", { json: { name: "Puppet", roles, expiresAt: "2999-01-01T00:00:00Z" } }),
      "turn a puppet": () => patchAdmin(me.by, puppet.id, { roles }),
      "turn oneself": () => patchAdmin(me.by, me.id, { roles: ["managing", "team", ...roles] }),
      "let oneself be turned": () => patchAdmin(me.by.as(puppet.key), me.id, { roles }),
    });
    expect(await whoIs(manager, me.key)).toBe("active managing team");
  });

  it("cannot act on one who got more in the meantime, by a role or within a role", async () => {
    const { by } = await aManager();
    const name = fresh("growing");
    expect((await putRole(by, name, { permissions: ["keys:read"], constraint: within })).status).toBe(201);
    const [promoted, grown] = [await by.createAdmin({ roles: [name] }), await by.createAdmin({ roles: [name] })];
    await patchAdmin(manager, promoted.id, { roles: [name, "validator"] });
    await expectNothingDone(actsOn(by, promoted.id));
    await manager.saveRole(name, { permissions: ["keys:read"] });
    await expectNothingDone(actsOn(by, grown.id));
  });

  it("cannot act on a successor, or through it on an older key in grace, that may more", async () => {
    const { by } = await aManager();
    const old = await by.createAdmin({ roles: ["team"] });
    const { body: successor } = await rotateAdmin(by, old.id);
    await patchAdmin(manager, old.id, { roles: ["issuer"] });
    await expectNothingDone({
      revoke: () => revokeAdmin(by, successor.id),
      demote: () => patchAdmin(by, successor.id, { roles: ["managing"] }),
      disable: () => patchAdmin(by, successor.id, { enabled: false }),
    });
    expect(await whoIs(manager, old.key)).toBe("rotating issuer");
  });
});

describe("an older key that was left fewer roles than its successor", () => {
  const narrowedPredecessor = async () => {
    const old = await aManager(["managing", "team"]);
    const headers = { "Idempotency-Key": fresh("rotation") };
    const rotateMe = () => old.by.request("/v1/me/rotate", { json: {}, headers });
    const { body: successor } = await rotateMe();
    expect((await patchAdmin(manager, old.id, { roles: ["managing"] })).status).toBe(200);
    expect(await whoIs(manager, successor.key)).toBe("active managing team");
    return { old, successor, rotateMe };
  };

  it("cannot take the successor's rights back by rotating it", async () => {
    const { old, successor } = await narrowedPredecessor();
    await expectNothingDone({
      rotate: () => rotateAdmin(old.by, successor.id),
      promote: () => patchAdmin(old.by, old.id, { roles: ["managing", "team"] }),
      rename: () => patchAdmin(old.by, successor.id, { name: "Mine" }),
    });
  });

  it("cannot have the successor's key by repeating the rotation", async () => {
    const { rotateMe } = await narrowedPredecessor();
    await expectNothingDone({ "rotate again": rotateMe });
  });
});

describe("a role, in the hands of one who may manage roles", () => {
  it.each<[string, Record<string, unknown>]>([
    ["without a constraint", { permissions: ofTeam.permissions }],
    ["without its owners", { ...ofTeam, constraint: { prefixes: within.prefixes, scopes: within.scopes } }],
    ["without its prefixes", { ...ofTeam, constraint: { owners: within.owners, scopes: within.scopes } }],
    ["without its scopes", { ...ofTeam, constraint: { owners: within.owners, prefixes: within.prefixes } }],
    ["with a shorter glob", { ...ofTeam, constraint: { ...within, owners: ["acct_*"] } }],
    ["with a glob that begins anyhow", { ...ofTeam, constraint: { ...within, owners: ["*acct_4*"] } }],
    ["with one owner more", { ...ofTeam, constraint: { ...within, owners: ["acct_4*", "acct_5"] } }],
    ["with one prefix more", { ...ofTeam, constraint: { ...within, prefixes: ["acme_*", "lk_*"] } }],
    ["with all scopes", { ...ofTeam, constraint: { ...within, scopes: ["*"] } }],
    ["with a shorter scope", { ...ofTeam, constraint: { ...within, scopes: ["users:*"] } }],
    ["with a scope of any kind", { ...ofTeam, constraint: { ...within, scopes: ["*:read"] } }],
    ["with one permission more", { ...ofTeam, permissions: [...ofTeam.permissions, "events:read"] }],
    ["with everything", { permissions: [...managing.permissions, "system:manage"] }],
    ["with less of what is not held", { permissions: ["system:read"] }],
  ])("is not saved %s, neither the own nor a new one", async (_what, json) => {
    const own = fresh("own");
    await manager.saveRole(own, ofTeam);
    const me = await aManager(["managing", own]);
    await expectNothingDone({
      own: () => putRole(me.by, own, json),
      "the own, in its version": () => putRole(me.by, own, json, { "If-Match": '"1"' }),
      managing: () =>
        putRole(me.by, "managing", {
          ...json,
          permissions: [...managing.permissions, "keys:reveal"],
          constraint: null,
        }),
      new: () => putRole(me.by, fresh("new"), json),
    });
  });

  it("is not changed, narrowed or deleted by one who lacks a right of it", async () => {
    const [lacked, narrowed] = [fresh("lacked"), fresh("narrowed")];
    await manager.saveRole(lacked, { permissions: ["admins:read", "system:read"] });
    await manager.saveRole(narrowed, { permissions: ["keys:read"] });
    const { by } = await aManager();
    const acts = Object.fromEntries(
      [lacked, narrowed, "whole-team", "owner", "issuer", "auditor"].flatMap((name) => [
        [`narrow ${name}`, () => putRole(by, name, { permissions: ["keys:read"], constraint: within })],
        [`describe ${name}`, () => putRole(by, name, { permissions: ["keys:read"], description: "Mine" })],
        [`delete ${name}`, () => deleteRole(by, name)],
      ]),
    );
    await expectNothingDone(acts);
  });

  it("that was tampered with is not deleted by one who may lack what it was", async () => {
    const name = fresh("opened");
    await manager.saveRole(name, { permissions: ["keys:reveal"] });
    await tamperWith("roles", name, "permissions", '["roles:read"]');
    const { by } = await aManager();
    await expectNothingDone({ delete: () => deleteRole(by, name) });
    expect((await deleteRole(manager, name)).status).toBe(204);
  });

  it("is not deleted while somebody holds it, to be made anew with other rights", async () => {
    const name = fresh("held");
    const { by } = await aManager();
    await putRole(by, name, { permissions: ["keys:read"], constraint: within });
    const { id } = await manager.createAdmin({ roles: ["issuer", name] });
    await expectNothingDone({ alive: () => deleteRole(by, name) }, 409, "role_in_use");
    await revokeAdmin(manager, id);
    await expectNothingDone({ dead: () => deleteRole(by, name) }, 409, "role_in_use");
  });

  it("is not put together from two roles of the one who saves it", async () => {
    const [ofA, ofB] = [fresh("of-a"), fresh("of-b")];
    await manager.saveRole(ofA, { permissions: ["keys:read"], constraint: { owners: ["a*"], scopes: ["orders:*"] } });
    await manager.saveRole(ofB, { permissions: ["keys:read", "keys:revoke"], constraint: { owners: ["b*"] } });
    const { by } = await aManager(["managing", ofA, ofB]);
    const combined = {
      "both owners": { permissions: ["keys:read"], constraint: { owners: ["a*", "b*"], scopes: ["orders:*"] } },
      "the permission of one, the owner of the other": { permissions: ["keys:revoke"], constraint: { owners: ["a1"] } },
      "the scopes of one, the owner of the other": {
        permissions: ["keys:read"],
        constraint: { owners: ["a1"], scopes: ["*"] },
      },
      "no owner": { permissions: ["keys:read"], constraint: { scopes: ["orders:*"] } },
    };
    await expectNothingDone(
      Object.fromEntries(
        Object.entries(combined).map(([what, json]) => [what, () => putRole(by, fresh("both"), json)]),
      ),
    );
    expect((await by.createAdmin({ roles: [ofA, ofB] })).roles).toEqual([ofA, ofB]);
  });

  it("is not given unconstrained by one who holds its rights constrained", async () => {
    const wide = fresh("everywhere");
    await manager.saveRole(wide, { permissions: ["keys:create"] });
    const star = fresh("star");
    await manager.saveRole(star, { permissions: ["keys:create"], constraint: { owners: ["*"] } });
    const { by } = await aManager(["managing", star]);
    const other = await manager.createAdmin({ roles: [wide] });
    await expectNothingDone({
      make: () => by.request("/v1/admins", { json: { name: "Puppet", roles: [wide] } }),
      issuer: () => by.request("/v1/admins", { json: { name: "Puppet", roles: ["issuer"] } }),
      save: () => putRole(by, fresh("mine"), { permissions: ["keys:create"] }),
      ...actsOn(by, other.id),
    });
  });
});
