import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { Launch } from "./support/launch.ts";
import { Manager } from "./support/manager.ts";
import { ManagerClient } from "./support/manager-client.ts";
import { freshPair } from "./support/manager-secrets.ts";
import { processesOfGroup } from "./support/processes.ts";
import { ProjectCopy } from "./support/project-copy.ts";
import { Recovery, until } from "./support/recovery.ts";
import { storedRows, storedTexts } from "./support/stored.ts";

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** A store with an owner and a key; nothing runs on it. */
async function stoppedStore() {
  const manager = new Manager();
  const key = await (await manager.start()).createKey("made before the loss");
  await manager.stop();
  return { manager, project: manager.project, key };
}

/** Which of these texts hold the token of the last recovery; the store knows its digest alone. */
function holdingTheToken(project: ProjectCopy, texts: string[]): string[] {
  const [row] = storedRows(project, "SELECT value FROM settings WHERE name = 'recovery'");
  const { tokenDigest } = JSON.parse(String(row?.value)) as { tokenDigest: string };
  const isToken = (word: string) => createHash("sha256").update(word).digest("hex") === tokenDigest;
  return texts.filter((text) => (text.match(/[0-9a-f]{64}/g) ?? []).some(isToken));
}

test("a lost last owner is recovered: the new key is an owner's, and all there was is there", async () => {
  const { manager, project, key } = await stoppedStore();
  const lostKey = project.adminKey();
  rmSync(project.adminKeyPath);

  const recovery = new Recovery(project);

  expect(await recovery.exitCode).toBe(0);
  expect(processesOfGroup(recovery.group)).toEqual([]);
  expect(modeOf(project.adminKeyPath)).toBe("600");
  expect(project.adminKey()).not.toBe(lostKey);
  expect(recovery.output).toContain(project.adminKeyPath);
  expect(recovery.output).toContain("revoke");
  const client = await manager.startByNpm();
  expect(await client.ask("GET", "/v1/me")).toMatchObject({
    status: 200,
    body: { name: "Recovered owner", roles: ["owner"], expiresAt: null },
  });
  expect(await client.knows(key)).toBe(true);
  const lost = await new ManagerClient(manager.url, lostKey).ask("GET", "/v1/me");
  expect(await client.ask("POST", `/v1/admins/${lost.body.id}/revoke`)).toMatchObject({ status: 200 });
});

test("each recovery makes another owner and an event, and neither token nor key gets anywhere but into the key's file", async () => {
  const { project } = await stoppedStore();
  const recoveries: { id: string; key: string }[] = [];

  for (let count = 1; count <= 2; count += 1) {
    const recovery = new Recovery(project);
    expect(await recovery.exitCode).toBe(0);
    const key = project.adminKey();
    const stored = storedTexts(project);
    expect(recovery.output).not.toContain(key);
    expect(stored.filter(({ text }) => text.includes(key)).map(({ path }) => path)).toEqual([project.adminKeyPath]);
    expect(holdingTheToken(project, [recovery.output, ...stored.map(({ text }) => text)])).toEqual([]);
    recoveries.push({ id: `adm_${key.split("_")[2]}`, key });
  }

  const events = storedRows(project, "SELECT subject_id FROM events WHERE type = 'admin.recovered' ORDER BY sequence");
  expect(events.map((event) => event.subject_id)).toEqual(recoveries.map(({ id }) => id));
  expect(new Set(recoveries.map(({ key }) => key)).size).toBe(2);
});

test("while the manager runs it is refused, and the manager goes on", async () => {
  const project = new ProjectCopy();
  const launch = new Launch(project);
  const client = new ManagerClient(await launch.url(), project.adminKey());
  const adminKey = project.adminKey();

  const refused = new Recovery(project);

  expect(await refused.exitCode).toBe(1);
  expect(refused.output).toContain(`Latchkey runs on ${project.state}. Stop it first`);
  expect(project.adminKey()).toBe(adminKey);
  expect(await client.ask("GET", "/v1/me")).toMatchObject({ status: 200 });
  await launch.pressCtrlC();
  expect(storedRows(project, "SELECT type FROM events")).toEqual([{ type: "setup.completed" }]);
});

test("Ctrl-C leaves nothing half done", async () => {
  const { project } = await stoppedStore();
  const before = { adminKey: project.adminKey(), events: storedRows(project, "SELECT id FROM events") };
  const recovery = new Recovery(project);
  await until(() => readdirSync(project.state).some((name) => name.startsWith("build-")));

  const exitCode = await recovery.pressCtrlC();

  expect(exitCode).toBe(1);
  expect(recovery.output).toContain("Stopped");
  expect(processesOfGroup(recovery.group)).toEqual([]);
  expect({ adminKey: project.adminKey(), events: storedRows(project, "SELECT id FROM events") }).toEqual(before);
  expect(await new Recovery(project).exitCode).toBe(0);
});

test("without a store it says how to make one, and makes none", async () => {
  const project = new ProjectCopy();

  const refused = new Recovery(project);

  expect(await refused.exitCode).toBe(1);
  expect(refused.output).toContain("There is no store");
  expect(refused.output).toContain("npm start");
  expect(existsSync(project.state)).toBe(false);
  expect(existsSync(project.secretsPath)).toBe(false);
});

test("a store that was never set up is sent to npm start", async () => {
  const manager = new Manager();
  const { project } = manager;
  project.writeSettings({ ...freshPair() });
  await manager.start();
  await manager.stop();

  const refused = new Recovery(project);

  expect(await refused.exitCode).toBe(1);
  expect(refused.output).toContain("There was no owner yet");
  expect(refused.output).toContain("npm start");
  expect(existsSync(project.adminKeyPath)).toBe(false);
});
