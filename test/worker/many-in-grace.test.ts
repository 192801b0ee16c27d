import { beforeAll, describe, expect, it } from "vitest";
import { type Manager, startManager } from "../support/manager.ts";
import { expectProblem } from "../support/problems.ts";

let manager: Manager;

beforeAll(async () => {
  manager = await startManager();
});

const inGraceMax = 50;

describe("a lineage with fifty keys in grace", () => {
  it("of a customer is rotated no further until one of them ends, and is revoked as a whole", async () => {
    let newest = await manager.createKey();
    const first = newest.id;
    for (let made = 0; made < inGraceMax; made += 1) newest = (await manager.rotate(newest.id)).body;
    expectProblem(await manager.rotate(newest.id), 409, "too_many_in_grace");
    expect((await manager.finish(first)).status).toBe(200);
    newest = (await manager.rotate(newest.id)).body;
    expectProblem(await manager.rotate(newest.id), 409, "too_many_in_grace");
    expect((await manager.revoke(newest.id)).body.alsoRevoked).toHaveLength(inGraceMax);
  });

  it("of an admin is rotated no further, and is revoked as a whole", async () => {
    const admin = await manager.createAdmin({ roles: ["validator"] });
    let { key, id } = admin;
    for (let made = 0; made < inGraceMax; made += 1) {
      ({ key, id } = (await manager.as(key).request("/v1/me/rotate", { json: { graceSeconds: 2_592_000 } })).body);
    }
    expectProblem(await manager.as(key).request("/v1/me/rotate", { json: {} }), 409, "too_many_in_grace");
    expect((await manager.request(`/v1/admins/${id}/revoke`, { json: {} })).body.alsoRevoked).toHaveLength(inGraceMax);
    expectProblem(await manager.as(admin.key).request("/v1/me"), 401, "invalid_credential");
  });
});
