import { afterEach, describe, expect, it } from "vitest";
import { Clients } from "../support/clients.ts";
import { verification } from "../support/event-walk.ts";
import {
  anotherIsolate,
  forgetEverything,
  type Manager,
  redeploy,
  redeployOne,
  startManager,
} from "../support/manager.ts";
import { placesUnder, recordsUnder } from "../support/protecting-secrets.ts";
import {
  newSecrets,
  objectsOf,
  type Progress,
  progressOf,
  removableIn,
  rotated,
  staged,
  start,
  toldFingerprints,
} from "../support/rotated-secrets.ts";
import { checkAll, seed } from "../support/seeded.ts";
import { SteadyLoad } from "../support/steady-load.ts";
import { type Settings, testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const keyCount = Number(process.env.DRILLED_KEYS ?? 500);
const mixedMs = 200;

/** One object after the other is of the new version, and Workers of both versions answer all the while. */
const rollOut = async (clients: Clients, load: SteadyLoad, settings: Settings): Promise<void> => {
  const [former, latter] = [...clients.workers, ...clients.workers.map((worker) => anotherIsolate(worker, settings))];
  if (!former || !latter) throw new Error("there was no Worker to begin with");
  clients.workers = [former, latter];
  await scheduler.wait(mixedMs);
  for (const name of await objectsOf(former)) {
    await redeployOne(name, settings);
    await scheduler.wait(mixedMs / 2);
  }
  await redeploy(settings);
  clients.workers = [latter];
  await load.everyoneOnceMore();
};

/** Until all is done, whatever is called removable protects nothing. */
const watched = async (manager: Manager): Promise<{ readonly progress: Progress; readonly harmful: string[] }> => {
  const harmful: string[] = [];
  for (;;) {
    const progress = await progressOf(manager);
    harmful.push(...(await placesUnder(await objectsOf(manager), await removableIn(manager))));
    if (progress.state !== "running") return { progress, harmful };
    await scheduler.wait(20);
  }
};

const reencrypted = async (operator: Manager): Promise<void> => {
  expect(await removableIn(operator)).toEqual([]);
  expect((await start(operator)).status).toBe(202);
  const { progress, harmful } = await watched(operator);
  expect(progress).toMatchObject({ state: "done", left: 0, quarantinedCount: 0, missingSecrets: [] });
  expect(progress.moved).toBeGreaterThanOrEqual(keyCount);
  expect(harmful).toEqual([]);
  expect(await removableIn(operator)).toHaveLength(2);
};

describe("a planned rotation of both secrets, under load", () => {
  it("is noticed by nobody, and leaves nothing under the old secrets", async () => {
    const owner = await startManager();
    testWorld.renewedRowsMax = Math.min(50, Math.ceil(keyCount / 100));
    const clients = new Clients(owner);
    await seed(clients, keyCount, 4);
    const load = new SteadyLoad(clients);

    await rollOut(clients, load, staged);
    await rollOut(clients, load, rotated);
    const operator = anotherIsolate(owner, rotated);
    await reencrypted(operator);
    const old = await removableIn(operator);
    await rollOut(clients, load, newSecrets);
    await load.stop();

    await checkAll(clients);
    expect(clients.surprises).toEqual([]);
    expect(await placesUnder(await objectsOf(anotherIsolate(owner)), old)).toEqual([]);
    for (const { fingerprint, configured, records } of await toldFingerprints(anotherIsolate(owner))) {
      expect([configured, records]).toEqual([
        configured,
        await recordsUnder(await objectsOf(anotherIsolate(owner)), fingerprint),
      ]);
    }
    const { intact, chains } = await verification(anotherIsolate(owner));
    expect(intact).toBe(true);
    expect(chains.map(({ object }) => object)).toEqual(await objectsOf(anotherIsolate(owner)));
  }, 1_800_000);
});
