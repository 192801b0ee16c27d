import { afterEach, describe, expect, it } from "vitest";
import { Clients } from "../support/clients.ts";
import { anotherIsolate, forgetEverything, type Manager, redeploy, startManager } from "../support/manager.ts";
import { placesUnder } from "../support/protecting-secrets.ts";
import {
  both,
  finishReencryption,
  inTwoShards,
  newestSecrets,
  newSecrets,
  objectsOf,
  oldSecrets,
  progressOf,
  removableIn,
  rotated,
  staged,
  start,
  stepIn,
  twoShards,
} from "../support/rotated-secrets.ts";
import { checkAll, seed, seedShards } from "../support/seeded.ts";
import { type Settings, testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const { ENCRYPTION_KEY_FALLBACK, HMAC_SECRET_FALLBACK } = rotated;
const newEncryption = { ...oldSecrets, ENCRYPTION_KEY: newSecrets.ENCRYPTION_KEY };
const newHmac = { ...oldSecrets, HMAC_SECRET: newSecrets.HMAC_SECRET };

/** Records of every kind, whose secrets have been swapped; no object goes on by itself. */
const filled = async (settings: Settings): Promise<{ clients: Clients; operator: Manager }> => {
  testWorld.hasAlarms = false;
  testWorld.settings = inTwoShards({});
  const owner = await startManager();
  const clients = new Clients(owner);
  await seed(clients, 12, 4);
  await seedShards(clients, twoShards, 3);
  await redeploy(inTwoShards(staged));
  await redeploy(inTwoShards(settings));
  const operator = anotherIsolate(owner);
  clients.workers = [operator];
  return { clients, operator };
};

/** What goes wrong while this deployment is the only one, though every record of every kind is asked for. */
const harmOf = async (clients: Clients, operator: Manager, settings: Settings): Promise<string[]> => {
  const present = testWorld.settings;
  await redeploy(inTwoShards(settings));
  clients.workers = [anotherIsolate(operator)];
  await checkAll(clients);
  const verified = await clients.workers[0]?.request("/v1/events/verify");
  if (verified?.body.intact !== true) clients.surprises.push(`the verification answered ${verified?.text}`);
  await redeploy(present);
  return clients.surprises.splice(0);
};

describe("a fingerprint is called removable", () => {
  it.each([
    [
      "both secrets",
      rotated,
      2,
      [newSecrets, { ...newSecrets, ENCRYPTION_KEY_FALLBACK }, { ...newSecrets, HMAC_SECRET_FALLBACK }],
    ],
    ["ENCRYPTION_KEY alone", { ...newEncryption, ENCRYPTION_KEY_FALLBACK }, 1, [newEncryption]],
    ["HMAC_SECRET alone", { ...newHmac, HMAC_SECRET_FALLBACK }, 1, [newHmac]],
  ])(
    "after the last step of the last object, and then a removal harms nothing: %s",
    async (_which, swapped, count, without) => {
      testWorld.renewedRowsMax = 1;
      const { clients, operator } = await filled(swapped);
      expect((await start(operator)).status).toBe(202);
      const running = await objectsOf(operator);
      const steps: (readonly [number, string[]])[] = [];
      for (let turn = 0; running.length > 0; turn += 1) {
        const object = running[(turn * 7) % running.length] ?? "";
        if ((await stepIn(object)) !== "running") running.splice(running.indexOf(object), 1);
        steps.push([running.length, await removableIn(operator)]);
      }
      expect(steps.length).toBeGreaterThan(20);
      const [last, ...before] = steps.reverse();
      expect(before.filter(([, removable]) => removable.length > 0)).toEqual([]);
      expect(last?.[1]).toHaveLength(count);
      expect(await placesUnder(await objectsOf(operator), last?.[1] ?? [])).toEqual([]);
      for (const settings of without) expect(await harmOf(clients, operator, settings)).toEqual([]);
    },
  );

  it("not before what was written after a swap back, behind the place of the run, is under the new secrets too", async () => {
    testWorld.renewedRowsMax = 1;
    const { clients, operator } = await filled(rotated);
    expect((await start(operator)).status).toBe(202);
    const objects = await objectsOf(operator);
    for (const object of objects) {
      for (let step = object === "admin" ? 11 : 3; step > 0; step -= 1) expect(await stepIn(object)).toBe("running");
    }
    await redeploy(inTwoShards(staged));
    clients.workers = [anotherIsolate(operator)];
    await seed(clients, 8, 4);
    await checkAll(clients);
    expect(clients.surprises).toEqual([]);
    await redeploy(inTwoShards(rotated));
    const again = anotherIsolate(operator);
    for (const object of objects) while ((await stepIn(object)) === "running");
    const removable = await removableIn(again);
    expect(await placesUnder(objects, removable)).toEqual([]);
    expect(removable).toHaveLength(2);
    expect(await harmOf(clients, operator, newSecrets)).toEqual([]);
  });

  it("of every earlier secret, when one run ends after several swaps", async () => {
    const { clients, operator } = await filled(rotated);
    await seed(clients, 8);
    await redeploy(inTwoShards(both(newestSecrets, newSecrets, oldSecrets)));
    const latestOperator = anotherIsolate(operator);
    clients.workers = [latestOperator];
    await seed(clients, 8);
    expect((await start(latestOperator)).status).toBe(202);
    await finishReencryption(latestOperator);
    expect(await removableIn(latestOperator)).toHaveLength(4);
    expect(await harmOf(clients, latestOperator, newestSecrets)).toEqual([]);
  });

  it("not after a swap back and forth, until another run has looked again", async () => {
    const { clients, operator } = await filled(rotated);
    expect((await start(operator)).status).toBe(202);
    await finishReencryption(operator);
    expect(await removableIn(operator)).toHaveLength(2);
    await redeploy(inTwoShards(staged));
    clients.workers = [anotherIsolate(operator)];
    await seed(clients, 8, 4);
    await redeploy(inTwoShards(rotated));
    const again = anotherIsolate(operator);
    clients.workers = [again];
    await checkAll(clients);
    expect(await removableIn(again)).toEqual([]);
    expect(await progressOf(again)).toMatchObject({ state: "idle", left: expect.any(Number) });
    expect((await progressOf(again)).left).toBeGreaterThan(0);
    expect((await start(again)).status).toBe(202);
    await finishReencryption(again);
    expect(await removableIn(again)).toHaveLength(2);
    expect(await harmOf(clients, again, newSecrets)).toEqual([]);
  });
});
