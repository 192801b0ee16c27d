import { afterEach, describe, expect, it } from "vitest";
import { base62Digits } from "../../src/core/api-key/base62.ts";
import { forge, partsOf } from "../support/forgery.ts";
import { frontDoorOf } from "../support/front-door.ts";
import { tagged } from "../support/hand-made-key.ts";
import { forgetEverything, startManager } from "../support/manager.ts";

afterEach(forgetEverything);

const ask = async (manager: Awaited<ReturnType<typeof startManager>>, key: string): Promise<string> => {
  const answer = await manager.request("/v1/validate", { json: { key } });
  expect(answer.status).toBe(200);
  return answer.text;
};

describe("what an attacker can learn", () => {
  it("is the same, byte for byte, for every key that is not ours", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey();
    const { prefix, bareId, secret, epoch, tag } = partsOf(key);
    const unknownId = `${bareId.slice(0, 19)}${bareId.endsWith("a") ? "b" : "a"}`;

    const answers = {
      "unknown id, tag forged": await ask(manager, forge({ prefix, bareId: unknownId, secret, epoch, tag })),
      "unknown id, tag right": await ask(manager, tagged(prefix, unknownId)),
      "unknown shard, tag right": await ask(manager, tagged(prefix, `${bareId.slice(0, 8)}0z${bareId.slice(10)}`)),
      "right id, wrong secret, tag forged": await ask(manager, forge({ prefix, bareId, epoch, tag })),
      "right id, wrong secret, tag right": await ask(manager, tagged(prefix, bareId)),
      "right id, right secret, wrong tag": await ask(manager, forge({ prefix, bareId, secret, epoch })),
      "right id, wrong prefix, tag right": await ask(manager, tagged("lk_test", bareId)),
      "an admin key": await ask(manager, manager.adminKey),
      "the id of an admin in a key": await ask(manager, tagged("lk_live", partsOf(manager.adminKey).bareId)),
    };
    const theOne = '{"valid":false,"code":"unknown","httpStatus":401}';
    for (const [attempt, answer] of Object.entries(answers)) expect(answer, attempt).toBe(theOne);
  });

  it("is nothing from an admin key that is a customer's, or none", async () => {
    const manager = await startManager();
    const { key } = await manager.createKey();
    const refusals = await Promise.all(
      [key, forge({ prefix: "lk_admin" }), tagged("lk_admin", partsOf(manager.adminKey).bareId), "nonsense"].map(
        async (credential) => {
          const { status, body } = await manager.request("/v1/me", { key: credential });
          return { status, ...body, requestId: "" };
        },
      ),
    );
    expect(refusals[0]).toMatchObject({ status: 401, code: "invalid_credential" });
    expect(refusals[0]).not.toHaveProperty("reason");
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
  });
});

describe("10,000 forgeries with a right crc, of every epoch", () => {
  it("cost no call of a shard and one load of the register", async () => {
    const { epoch: ours } = partsOf((await startManager()).adminKey);
    const { frontDoor, calls } = await frontDoorOf();
    const validator = { role: "validator", permissions: ["keys:validate" as const], constraint: null };
    const caller = {
      actor: { kind: "service" as const, name: "tests" },
      grants: [validator],
      requestId: "forgeries",
      ip: null,
      idempotencyKey: null,
    };
    const epochs = new Set<string>();
    for (let attempt = 0; attempt < 10_000; attempt += 1) {
      const epoch = base62Digits.charAt(attempt % 62);
      epochs.add(epoch);
      const request = { key: forge({ epoch }), scopes: [], anyScope: [], prefixes: [] };
      const answer = await frontDoor.validate(request, caller);
      if (!answer.ok || answer.value.code !== "unknown")
        throw new Error(`attempt ${attempt}: ${JSON.stringify(answer)}`);
    }
    expect(epochs.size).toBe(62);
    expect(epochs.has(ours)).toBe(true);
    expect(calls).toEqual([{ object: "admin", type: "read-register" }]);
  });

  it("look the same when they come as admin keys, and ask admin no more", async () => {
    const manager = await startManager();
    await manager.request("/v1/me");
    const before = manager.calls.length;
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const key = forge({ prefix: "lk_admin", epoch: base62Digits.charAt(attempt % 62) });
      expect((await manager.request("/v1/me", { key })).status).toBe(401);
    }
    expect(manager.calls.slice(before).filter(({ type }) => type !== "read-register")).toEqual([]);
    expect(manager.calls.slice(before).length).toBeLessThanOrEqual(1);
  });
});
