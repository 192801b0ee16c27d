import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { byMany, type Contents, fillManager, verdictOf } from "./support/filled-manager.ts";
import { Manager } from "./support/manager.ts";
import { ManagerClient } from "./support/manager-client.ts";
import { fingerprintsOf, freshPair, giveSecrets } from "./support/manager-secrets.ts";
import { until } from "./support/recovery.ts";
import { digestOf, progressOnDisk, rowOnDisk, type TamperedRow, tamperWith } from "./support/renewed-store.ts";

const isLong = Boolean(process.env.LATCHKEY_LONG);
const keyCount = isLong ? 4000 : 800;
/** Of each store: at which parts of all records the process is killed, one after the other. */
const courses: readonly (readonly number[])[] = isLong
  ? [0, 0.02, 0.04].map((first) => Array.from({ length: 10 }, (_, round) => first + round * 0.09))
  : [
      [0, 0.3],
      [0.15, 0.6],
    ];
/** An alarm that an object had set for itself between two steps rings within a second. */
const alarmMs = 1000;
const patienceMs = 15_000;

const oldPair = freshPair();
const newPair = freshPair();

const tamperedRows = ({ keys, admins }: Contents): readonly TamperedRow[] => {
  const [named = "", sealed = "", verified = "", moved = ""] = keys.slice(20).map(({ id }) => id);
  const admin = admins[7]?.id ?? "";
  const kept = digestOf(keys[40]?.idempotencyKey ?? "");
  const key = (id: string, set: string) => ({ table: "api_keys", where: `id = '${id}'`, set, name: id }) as const;
  return [
    key(named, "name = 'Somebody else''s'"),
    key(sealed, "envelope = zeroblob(length(envelope))"),
    key(verified, "verifier = randomblob(32)"),
    key(moved, `mac_fingerprint = '${fingerprintsOf(newPair).hmac}'`),
    { table: "admins", where: `id = '${admin}'`, set: `roles = '["owner"]'`, name: admin },
    { table: "roles", where: "name = 'team_b'", set: `permissions = '["keys:reveal"]'`, name: "roles/team_b" },
    {
      table: "idempotency_records",
      where: `hex(key_digest) = '${kept.toUpperCase()}'`,
      set: "owner = 'acct_1'",
      name: `idempotency_records/${kept.slice(0, 16)}`,
    },
  ];
};

interface Prepared {
  readonly contents: Contents;
  readonly tampered: readonly TamperedRow[];
  /** What the tampered rows look like, in the same order. */
  readonly tamperedAs: readonly unknown[];
  /** Records that can be brought under the new secrets. */
  readonly renewable: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const prepare = async (manager: Manager): Promise<Prepared> => {
  giveSecrets(manager.project, oldPair, newPair);
  const client = await manager.start();
  const contents = await fillManager(manager.url, client, keyCount);
  await manager.stop();
  const tampered = tamperedRows(contents);
  for (const row of tampered) tamperWith(manager.project, row);
  const records = sum(progressOnDisk(manager.project, newPair).map((object) => object.records));
  giveSecrets(manager.project, newPair, oldPair);
  const tamperedAs = tampered.map((row) => rowOnDisk(manager.project, row));
  // The tag key of the old HMAC_SECRET is a record of its own from the swap on.
  return { contents, tampered, tamperedAs, renewable: records + 1 - tampered.length };
};

interface Progress {
  readonly state: string;
  readonly moved: number;
  readonly quarantined: readonly string[];
}

const progressOf = async (client: ManagerClient): Promise<Progress> =>
  (await client.ask("GET", "/v1/system/reencrypt")).body as unknown as Progress;

const startRun = async (client: ManagerClient): Promise<Progress> => {
  const answer = await client.ask("POST", "/v1/system/reencrypt", {});
  expect(answer).toMatchObject({ status: 202, body: { state: "running" } });
  return answer.body as unknown as Progress;
};

const untilDone = (client: ManagerClient): Promise<void> =>
  until(async () => (await progressOf(client)).state === "done");

/** Each object's account of its run and its records tell the same, whenever it was killed; answers how many were renewed. */
const movedOnDisk = ({ project }: Manager): number => {
  const objects = progressOnDisk(project, newPair);
  for (const { moved, renewed } of objects) expect(moved).toBe(renewed);
  return sum(objects.map(({ moved }) => moved));
};

/** Looks as often as it can: from its first step to its last a run takes less than a second. */
const untilMoved = async (client: ManagerClient, atLeast: number): Promise<void> => {
  const deadline = Date.now() + patienceMs;
  for (let moved = 0; moved < atLeast; moved = (await progressOf(client)).moved) {
    if (Date.now() > deadline) throw new Error("the re-encryption does not go on");
  }
};

/** Kills the manager over and over while it re-encrypts; answers how often that was in the middle. */
const killOverAndOver = async (manager: Manager, parts: readonly number[], renewable: number) => {
  let moved = 0;
  let inTheMiddle = 0;
  for (const [round, part] of parts.entries()) {
    const client = await manager.start();
    if (round === 0) await startRun(client);
    await untilMoved(client, Math.min(renewable, Math.max(part * renewable, round === 0 ? 0 : moved + 1)));
    await manager.kill();
    const movedNow = movedOnDisk(manager);
    expect(movedNow).toBeGreaterThanOrEqual(moved);
    moved = movedNow;
    if (moved > 0 && moved < renewable) inTheMiddle += 1;
  }
  return inTheMiddle;
};

/** In a copy of the store; in as many as it takes, since a run is over in a moment and nothing holds it until it is paused. */
const pauseInTheMiddle = async (original: Manager) => {
  for (;;) {
    const manager = original.copy();
    const client = await manager.start();
    await startRun(client);
    await untilMoved(client, 1);
    const { body } = await client.ask("POST", "/v1/system/reencrypt", { action: "pause" });
    if (body.state !== "done") return { manager, body };
    await manager.kill();
  }
};

/** Pauses it in the middle, kills it, waits for its alarm, and starts it once more. */
const pauseOverAKill = async (original: Manager, renewable: number): Promise<Manager> => {
  const { manager, body } = await pauseInTheMiddle(original);
  const paused = { state: "paused", moved: Number(body.moved) };
  expect(body).toMatchObject(paused);
  expect(paused.moved).toBeLessThan(renewable);
  await manager.kill();
  expect(movedOnDisk(manager)).toBe(paused.moved);
  const killedAt = Date.now();

  const resuming = await manager.start();
  await pause(Math.max(0, killedAt + 2 * alarmMs - Date.now()));
  expect(await progressOf(resuming)).toMatchObject(paused);
  expect((await startRun(resuming)).moved).toBeGreaterThanOrEqual(paused.moved);
  await untilDone(resuming);
  await manager.kill();
  return manager;
};

/** The run has come to its end by itself: every record was moved once, and what was tampered with was not touched. */
const expectDone = async (manager: Manager, { tampered, tamperedAs, renewable, contents }: Prepared) => {
  const client = await manager.start();
  await untilDone(client);
  const { quarantined, ...progress } = await progressOf(client);
  expect(progress).toMatchObject({ moved: renewable, left: 0, quarantinedCount: tampered.length, missingSecrets: [] });
  expect([...quarantined].sort()).toEqual(tampered.map(({ name }) => name).sort());
  const tamperedKeys = contents.keys.filter(({ id }) => tampered.some(({ name }) => name === id));
  const codes = (await byMany(tamperedKeys, (key) => verdictOf(client, key))).map(({ code }) => code);
  expect(codes).toEqual(["tampered", "tampered", "unknown", "unknown"]);
  expect((await fingerprintsIn(client)).map(({ removable }) => removable)).toEqual([false, false, false, false]);
  expect(new Set(await told(client, "system.reencrypt_finished"))).toEqual(new Set([1]));
  await manager.kill();
  expect(movedOnDisk(manager)).toBe(renewable);
  expect(tampered.map((row) => rowOnDisk(manager.project, row))).toEqual(tamperedAs);
};

interface Fingerprint {
  readonly configured: string;
  readonly removable: boolean;
}

const fingerprintsIn = async (client: ManagerClient) =>
  (await client.ask("GET", "/v1/system")).body.fingerprints as readonly Fingerprint[];

/** Takes away what was tampered with, so that nothing needs the old secrets any more. */
const mend = async (manager: Manager, { tampered }: Prepared): Promise<void> => {
  const client = await manager.start();
  const [revoked, ...deleted] = tampered.filter(({ table }) => table === "api_keys");
  const admin = tampered.find(({ table }) => table === "admins");
  const answers = [
    await client.fetch("POST", `/v1/keys/${revoked?.name}/revoke`, {}),
    await client.fetch("POST", `/v1/admins/${admin?.name}/revoke`, {}),
    ...(await byMany(deleted, ({ name }) => client.fetch("DELETE", `/v1/keys/${name}`))),
  ];
  expect(answers.map(({ status }) => Math.floor(status / 100))).toEqual(answers.map(() => 2));
  await startRun(client);
  await untilDone(client);
  expect(await progressOf(client)).toMatchObject({ moved: 0, quarantinedCount: tampered.length - deleted.length });
  for (const { configured, removable } of await fingerprintsIn(client))
    expect(removable).toBe(configured === "fallback");
  await manager.stop();
};

/** How often each object told of a run that began, or that ended. */
const told = async (client: ManagerClient, type: string): Promise<number[]> => {
  const answer = await client.fetch("GET", `/v1/events?type=${type}`, undefined, { accept: "application/x-ndjson" });
  const chains = (await answer.text())
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line).chain as string);
  return [...new Set(chains)].map((chain) => chains.filter((one) => one === chain).length);
};

/** With the new secrets alone everything is as it was. */
const expectWhole = async (manager: Manager, { contents, tampered }: Prepared): Promise<ManagerClient> => {
  giveSecrets(manager.project, newPair);
  const client = await manager.start();
  expect(await client.ask("GET", "/readyz")).toMatchObject({ status: 200 });
  const isTampered = (key: { readonly id: string }) => tampered.some(({ name }) => name === key.id);

  const verdicts = await byMany(contents.keys, (key) => verdictOf(client, key));
  const refused = contents.keys.filter((_, index) => !verdicts[index]?.valid);
  expect(refused).toEqual(contents.keys.filter(isTampered));
  expect(await byMany(contents.others, (key) => verdictOf(client, key))).toEqual(
    contents.others.map(({ verdict }) => verdict),
  );
  const askedAs =
    (headers: Record<string, string>) =>
    (key = "") =>
      new ManagerClient(manager.url, key).ask("GET", "/v1/me", undefined, headers);
  const admins = await byMany(contents.admins, ({ key }) => askedAs({})(key));
  expect(admins.map(({ status }) => status)).toEqual(contents.admins.map((admin) => (isTampered(admin) ? 401 : 200)));
  const sessions = await byMany(contents.sessions, (cookie) => askedAs({ cookie })());
  expect(sessions.map(({ status }) => status)).toEqual(contents.admins.map((admin) => (isTampered(admin) ? 401 : 200)));

  const [first] = contents.keys;
  expect(await client.createKey("", first?.request, { "idempotency-key": String(first?.idempotencyKey) })).toEqual({
    id: first?.id,
    key: first?.key,
  });
  const [, recoverable] = contents.keys;
  const revealed = await client.ask("POST", `/v1/keys/${recoverable?.id}/reveal`, { reason: "to compare" });
  expect(revealed.body.key).toBe(recoverable?.key);
  expect((await client.ask("GET", "/v1/events/verify")).body).toMatchObject({ intact: true, nextCursor: null });
  expect(manager.output).not.toContain('"level":"error"');
  return client;
};

test("a re-encryption that is killed or paused, wherever it is, goes on where it was and counts each record once", {
  timeout: isLong ? 900_000 : 240_000,
}, async () => {
  const original = new Manager();
  const prepared = await prepare(original);

  const followed = async (parts: readonly number[]) => {
    const manager = original.copy();
    const inTheMiddle = await killOverAndOver(manager, parts, prepared.renewable);
    await expectDone(manager, prepared);
    return { manager, inTheMiddle };
  };
  const killed = courses.map(followed);
  const paused = async () => {
    const manager = await pauseOverAKill(original, prepared.renewable);
    await expectDone(manager, prepared);
  };
  const mended = async () => {
    const { manager } = (await killed[0]) ?? { manager: original };
    await mend(manager, prepared);
    const client = await expectWhole(manager, prepared);
    expect(await told(client, "system.reencrypt_started")).toEqual([2, 2, 2, 2, 2]);
    expect(await told(client, "system.reencrypt_finished")).toEqual([2, 2, 2, 2, 2]);
  };
  const ended = await Promise.allSettled([paused(), mended(), ...killed]);
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  // Where a kill came too late, the run was over: then more stores are taken, until enough kills were in the middle.
  let inTheMiddle = sum((await Promise.all(killed)).map((one) => one.inTheMiddle));
  while (inTheMiddle < courses.flat().length / 2) inTheMiddle += (await followed(courses[0] ?? [])).inTheMiddle;
});
