import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePort } from "./support/free-port.ts";
import { Launch } from "./support/launch.ts";
import { type CreatedKey, ManagerClient } from "./support/manager-client.ts";
import { ProjectCopy } from "./support/project-copy.ts";
import { until } from "./support/recovery.ts";

const rounds = process.env.LATCHKEY_LONG ? 20 : 3;
const writers = 8;
const keysPerRound = 100;

test(`whatever was acknowledged survives kill -9 of the whole process group, ${rounds} times under load`, {
  timeout: rounds * 40_000,
}, async () => {
  const project = new ProjectCopy();
  const settings = { PORT: String(await freePort()) };
  const acknowledged: CreatedKey[] = [];
  let logs = "";

  let launch = new Launch(project, settings);
  for (let round = 1; round <= rounds; round += 1) {
    const url = await launch.url();
    const writing = Promise.all(
      Array.from({ length: writers }, () => writeUntilCut(new ManagerClient(url, project.adminKey()), acknowledged)),
    );
    await until(() => acknowledged.length >= round * keysPerRound);
    launch.killGroup();
    logs += launch.output;
    launch = new Launch(project, settings);
    await writing;
  }

  const client = new ManagerClient(await launch.url(), project.adminKey());
  expect(acknowledged.length).toBeGreaterThanOrEqual(rounds * keysPerRound);
  expect(await unknownAmong(acknowledged, client)).toEqual([]);

  logs += launch.output;
  expect(leaksIn(logs, acknowledged)).toEqual([]);
  expect(filesLeaking(project, acknowledged)).toEqual([]);
});

/** Creates keys, one after the other, until the manager is gone. */
async function writeUntilCut(client: ManagerClient, acknowledged: CreatedKey[]): Promise<void> {
  for (;;) {
    const key = await client.createKey("written under load").catch((error: Error) => error);
    if (key instanceof TypeError) return;
    if (key instanceof Error) throw key;
    acknowledged.push(key);
  }
}

async function unknownAmong(keys: CreatedKey[], client: ManagerClient): Promise<string[]> {
  const unknown: string[] = [];
  const left = [...keys];
  const check = async () => {
    for (let key = left.pop(); key; key = left.pop()) {
      if (!(await client.knows(key))) unknown.push(key.id);
    }
  };
  await Promise.all(Array.from({ length: writers }, check));
  return unknown;
}

/** Whole keys of any kind but the first admin's, and the secret parts of some that are known. */
function leaksIn(text: string, keys: CreatedKey[]): string[] {
  const whole = text.match(/[a-z0-9]+(_[a-z0-9]+)?_[0-9A-Za-z]{20}_[0-9A-Za-z]{47}/g) ?? [];
  const parts = keys.slice(0, 50).map(({ key }) => key.slice(-47, -15));
  return [...whole.filter((key) => !key.startsWith("lk_admin_")), ...parts.filter((part) => text.includes(part))];
}

/** The files of the state folder that hold a plaintext key or one of the manager's secrets, except the one made for a key. */
function filesLeaking(project: ProjectCopy, keys: CreatedKey[]): string[] {
  const ownSecrets = [...project.secrets().matchAll(/="(.+)"$/gm)].map(([, value]) => String(value));
  ownSecrets.push(project.adminKey());
  return readdirSync(project.state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path !== project.adminKeyPath)
    .filter((path) => {
      const text = readFileSync(path, "latin1");
      return leaksIn(text, keys).length > 0 || ownSecrets.some((secret) => text.includes(secret));
    });
}
