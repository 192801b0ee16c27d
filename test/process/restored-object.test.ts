import { copyFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { Manager } from "./support/manager.ts";
import type { ManagerClient } from "./support/manager-client.ts";
import { freshPair, type SecretPair } from "./support/manager-secrets.ts";
import type { ProjectCopy } from "./support/project-copy.ts";
import { until } from "./support/recovery.ts";
import { inEveryObject } from "./support/stored.ts";

const hourMs = 3_600_000;

const give = ({ project }: Manager, primary: SecretPair, fallback: SecretPair): void =>
  project.writeSettings({
    ...primary,
    ENCRYPTION_KEY_FALLBACK: fallback.ENCRYPTION_KEY,
    HMAC_SECRET_FALLBACK: fallback.HMAC_SECRET,
    SETUP_TOKEN: "the-token-of-this-test",
    SHARDS: "1",
  });

interface Shard {
  readonly path: string;
  /** When it means to be woken. */
  readonly alarmAt: number;
}

/** The one object that holds keys; of a manager that is stopped. */
const shardIn = (project: ProjectCopy): Shard => {
  const [shard] = inEveryObject(project, (database): Shard[] => {
    if (database.prepare("SELECT 1 FROM api_keys").get() === undefined) return [];
    const alarm = database.prepare("SELECT value / 1000000 AS at FROM _cf_METADATA WHERE key = 1").get();
    return [{ path: String(database.location()), alarmAt: Number(alarm?.at) }];
  }).flat();
  if (!shard) throw new Error("there is no shard with keys");
  return shard;
};

/** As if the backup had been made an hour before. */
const anHourOlder = (path: string): void => {
  const database = new DatabaseSync(path);
  database.exec(`UPDATE _cf_METADATA SET value = value - ${hourMs} * 1000000 WHERE key = 1`);
  database.close();
};

/** Stops it until an alarm that is ahead is this far ahead, no less and no more. */
const stoppedWithAlarm = async (manager: Manager, fits: (inMs: number) => boolean): Promise<Shard> => {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, attempt === 0 ? 500 : 11_000));
    await manager.stop();
    const shard = shardIn(manager.project);
    if (fits(shard.alarmAt - Date.now())) return shard;
    await manager.start();
  }
  throw new Error("the alarm is never set like that");
};

const stateOf = async (client: ManagerClient) => (await client.ask("GET", "/v1/system/reencrypt")).body.state;

test("a shard that alone was restored, with an alarm that is long over, comes under the new secrets", async () => {
  const [oldPair, newPair] = [freshPair(), freshPair()];
  const manager = new Manager();
  give(manager, oldPair, newPair);
  const before = await manager.start();
  const { key } = await before.createKey("from before");
  await before.ask("POST", "/v1/validate", { key });
  const { path } = await stoppedWithAlarm(manager, (inMs) => inMs > 0 && inMs < 11_000);
  copyFileSync(path, `${path}.backup`);

  await manager.start();
  await stoppedWithAlarm(manager, (inMs) => inMs > hourMs);
  copyFileSync(`${path}.backup`, path);
  for (const beside of ["-wal", "-shm"]) rmSync(`${path}${beside}`, { force: true });
  anHourOlder(path);
  expect(shardIn(manager.project).alarmAt).toBeLessThan(Date.now() - hourMs / 2);

  give(manager, newPair, oldPair);
  const after = await manager.start();
  expect((await after.ask("POST", "/v1/system/reencrypt", {})).status).toBe(202);
  await until(async () => (await stateOf(after)) === "done");
  expect((await after.ask("POST", "/v1/validate", { key })).body).toMatchObject({ valid: true });
});
