import { afterEach, describe, expect, it } from "vitest";
import { Clients } from "../support/clients.ts";
import { verification } from "../support/event-walk.ts";
import {
  anotherIsolate,
  forgetEverything,
  type Manager,
  objectOf,
  redeploy,
  redeployOne,
  runAlarms,
  startManager,
} from "../support/manager.ts";
import { placesUnder } from "../support/protecting-secrets.ts";
import {
  finishReencryption,
  inTwoShards,
  newSecrets,
  objectsOf,
  progressOf,
  removableIn,
  rotated as rotatedSecrets,
  staged as stagedSecrets,
  start,
  toldFingerprints,
  twoShards,
} from "../support/rotated-secrets.ts";
import { checkAll, seed, seedShards } from "../support/seeded.ts";
import { type Settings, testWorld } from "../support/test-world.ts";

afterEach(forgetEverything);

const original = inTwoShards({});
const staged = inTwoShards(stagedSecrets);
const rotated = inTwoShards(rotatedSecrets);
const renewed = inTwoShards(newSecrets);

/**
 * A store with records of every kind, in its ordinary deployment. Each shard has written, and writes whenever all is
 * checked: it holds a key that can be revealed.
 */
const filled = async (): Promise<{ readonly owner: Manager; readonly clients: Clients }> => {
  testWorld.settings = original;
  const owner = await startManager();
  const clients = new Clients(owner);
  await seed(clients, 6);
  await seedShards(clients, twoShards, 1);
  return { owner, clients };
};

/** Whatever is refused or wrong, when these Workers alone answer and each kind of record is made and used. */
const surprisesAt = async (clients: Clients, ...workers: readonly Manager[]): Promise<readonly string[]> => {
  clients.workers = workers;
  await seed(clients, 5);
  await checkAll(clients);
  const looks = workers.map(async (worker) => {
    const readiness = await worker.request("/readyz");
    if (readiness.status !== 200) clients.surprises.push(readiness.text);
    if (!(await verification(worker)).intact) clients.surprises.push("a chain is broken");
  });
  await Promise.all(looks);
  return clients.surprises;
};

interface Step {
  readonly from: Settings;
  readonly to: Settings;
  readonly shards: readonly ("from" | "to" | "some")[];
  /** All that comes before this step. */
  readonly reach: (owner: Manager) => Promise<void>;
}

const steps: Readonly<Record<string, Step>> = {
  "the new secrets come as fallback": { from: original, to: staged, shards: ["some"], reach: async () => undefined },
  "the secrets are swapped": {
    from: staged,
    to: rotated,
    shards: ["from", "to", "some"],
    reach: () => redeploy(staged),
  },
  "the old secrets go": {
    from: rotated,
    to: renewed,
    shards: ["some"],
    reach: async (owner) => {
      await redeploy(staged);
      await redeploy(rotated);
      const operator = anotherIsolate(owner);
      await start(operator);
      await finishReencryption(operator);
      expect(await removableIn(operator)).toHaveLength(2);
    },
  },
};

const sides = ["from", "to"] as const;
const mixes = Object.entries(steps)
  .flatMap(([step, { shards }]) =>
    sides.flatMap((worker) => sides.flatMap((admin) => shards.map((shard) => [step, worker, admin, shard] as const))),
  )
  .filter(([_step, worker, ...objects]) => objects.some((object) => object !== worker));

describe("while versions are mixed nothing is refused, and nothing is afterwards", () => {
  it.each(mixes)("%s: Worker %s, admin object %s, shards %s", async (name, worker, admin, shards) => {
    const { owner, clients } = await filled();
    const step = steps[name] as Step;
    await step.reach(owner);
    for (const object of await objectsOf(owner)) {
      const isEven = Number(object.at(-1)) % 2 === 0;
      const side = object === "admin" ? admin : shards === "some" ? (isEven ? "to" : "from") : shards;
      await redeployOne(object, step[side]);
    }
    const mixed = anotherIsolate(owner, step[worker]);
    expect(await surprisesAt(clients, mixed)).toEqual([]);
    await redeploy(step.to);
    expect(await surprisesAt(clients, mixed, anotherIsolate(owner, step.to))).toEqual([]);
  });
});

const swapped = async () => {
  const { owner, clients } = await filled();
  await redeploy(staged);
  return { clients, former: anotherIsolate(owner, staged), latter: anotherIsolate(owner, rotated) };
};

/** Both old secrets may go, and they do; lists that were begun before are read to their end. */
const expectEnd = async (clients: Clients, latter: Manager): Promise<void> => {
  expect(await finishReencryption(latter)).toMatchObject({ state: "done", left: 0, quarantinedCount: 0 });
  const old = await removableIn(latter);
  expect(old).toHaveLength(2);
  expect(await placesUnder(await objectsOf(latter), old)).toEqual([]);
  const lists = ["/v1/keys?limit=3", "/v1/events?limit=3"];
  const begun = await Promise.all(lists.map((list) => latter.request(list)));
  await redeploy(renewed);
  for (const [index, { body }] of begun.entries()) {
    const rest = await anotherIsolate(latter).request(`${lists[index]}&cursor=${body.nextCursor}`);
    expect([lists[index], rest.status, rest.body.items.length]).toEqual([lists[index], 200, 3]);
  }
  expect(await surprisesAt(clients, anotherIsolate(latter))).toEqual([]);
};

describe("a re-encryption while versions are mixed", () => {
  it("waits in a shard of the older version, which serves on, and goes on by itself with the newer one", async () => {
    const { clients, former, latter } = await swapped();
    await redeploy(rotated);
    await redeployOne("shard-00", staged);
    expect((await start(latter)).status).toBe(202);
    for (let round = 0; round < 3; round += 1) await runAlarms();
    expect(await progressOf(latter)).toMatchObject({ state: "running", missingSecrets: [] });
    expect((await progressOf(latter)).left).toBeGreaterThan(0);
    expect(await removableIn(latter)).toEqual([]);
    expect(await surprisesAt(clients, former, latter)).toEqual([]);
    await redeployOne("shard-00", rotated);
    await expectEnd(clients, latter);
  });

  it("may be started, and followed to its end, through a Worker of the older version", async () => {
    const { clients, former, latter } = await swapped();
    await redeploy(rotated);
    expect((await start(former)).status).toBe(202);
    expect(await finishReencryption(former)).toMatchObject({ state: "done", left: 0 });
    expect(await surprisesAt(clients, former)).toEqual([]);
    expect(await removableIn(former)).toEqual([]);
    await expectEnd(clients, latter);
  });

  it.each([
    ["new", rotated],
    ["old", staged],
  ])(
    "that was started at an older admin object, with %s shards, harms nothing and has to be started again",
    async (_which, shards) => {
      const { clients, former, latter } = await swapped();
      await redeploy(shards);
      await redeployOne("admin", staged);
      expect(await surprisesAt(clients, former, latter)).toEqual([]);
      for (const worker of [latter, former]) expect((await start(worker)).status).toBe(202);
      for (let round = 0; round < 3; round += 1) await runAlarms();
      expect(await removableIn(latter)).toEqual([]);
      expect(await surprisesAt(clients, former, latter)).toEqual([]);
      await redeploy(rotated);
      expect(await surprisesAt(clients, former, latter)).toEqual([]);
      expect(await progressOf(latter)).toMatchObject({ state: "idle" });
      expect(await removableIn(latter)).toEqual([]);
      await start(latter);
      await expectEnd(clients, latter);
    },
  );

  it("has to be started again where an object of the older version wrote after its end", async () => {
    const { clients, former, latter } = await swapped();
    await redeploy(rotated);
    await start(latter);
    await finishReencryption(latter);
    expect(await removableIn(latter)).toHaveLength(2);
    await redeployOne("shard-01", staged);
    expect(await surprisesAt(clients, former)).toEqual([]);
    expect(await removableIn(latter)).toEqual([]);
    await redeployOne("shard-01", rotated);
    expect(await removableIn(latter)).toEqual([]);
    expect(await progressOf(latter)).toMatchObject({ state: "idle" });
    await start(latter);
    await expectEnd(clients, latter);
  });

  it("knows what it is to move in a shard that is made while it runs", async () => {
    const { clients, former, latter } = await swapped();
    testWorld.renewedRowsMax = 1;
    await redeploy(rotated);
    await start(latter);
    const raised = { SHARDS: "4" };
    await redeploy({ ...rotated, ...raised });
    await redeployOne("shard-02", { ...staged, ...raised });
    const operator = anotherIsolate(latter);
    expect(await surprisesAt(clients, operator, anotherIsolate(former, { ...staged, ...raised }))).toEqual([]);
    while (objectOf((await operator.createKey()).id) !== "shard-02");
    await finishReencryption(operator);
    const isRemovable = (await removableIn(operator)).length > 0;
    const old = (await toldFingerprints(operator)).filter(({ configured }) => configured === "fallback");
    const places = await placesUnder(
      await objectsOf(operator),
      old.map(({ fingerprint }) => fingerprint),
    );
    expect([isRemovable, places.length > 0]).toEqual([false, true]);
    await redeploy({ ...rotated, ...raised });
    await start(operator);
    await finishReencryption(operator);
    expect(await removableIn(operator)).toHaveLength(2);
    await redeploy({ ...renewed, ...raised });
    expect(await surprisesAt(clients, anotherIsolate(operator))).toEqual([]);
  });
});
