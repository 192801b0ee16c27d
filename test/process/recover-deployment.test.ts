import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Deployment } from "./support/deployment.ts";
import { Manager } from "./support/manager.ts";
import { ManagerClient } from "./support/manager-client.ts";
import { freshPair, giveSecrets } from "./support/manager-secrets.ts";
import { processesOfGroup } from "./support/processes.ts";
import { ProjectCopy } from "./support/project-copy.ts";
import { Recovery, until } from "./support/recovery.ts";

const keyPathOf = (project: ProjectCopy) => join(project.folder, "recovered-admin-key");

test("the last owner of a deployment is recovered, and the token for it is taken away again", async () => {
  const deployment = new Deployment();
  const url = await deployment.start();
  const lost = await deployment.setUp(url);
  const key = await lost.createKey("made before the loss");
  const project = deployment.projectThatDeploys();

  const recovery = new Recovery(project, "--url", url);

  expect(await recovery.exitCode, recovery.output).toBe(0);
  const [token = ""] = deployment.given();
  await until(() => isTakenAway(url, token));
  const adminKey = readFileSync(keyPathOf(project), "utf8");
  const client = new ManagerClient(url, adminKey);
  expect((statSync(keyPathOf(project)).mode & 0o777).toString(8)).toBe("600");
  expect(await client.ask("GET", "/v1/me")).toMatchObject({ status: 200, body: { roles: ["owner"] } });
  expect(await client.knows(key)).toBe(true);
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  for (const secret of [token, adminKey]) expect(recovery.output + deployment.calls().join("\n")).not.toContain(secret);
  expect(deployment.calls().slice(-2)).toEqual(["secret put RECOVERY_TOKEN", "secret delete RECOVERY_TOKEN"]);
});

/** Until the Worker is started anew, wrangler may break a question off and answer it in words of its own. */
async function isTakenAway(url: string, token: string): Promise<boolean> {
  const answer = await new ManagerClient(url, token).ask("POST", "/v1/recovery").catch(() => undefined);
  return answer?.status === 503;
}

test("Ctrl-C while the token spreads takes it away again and leaves no file", async () => {
  const manager = new Manager();
  await manager.start();
  const deployment = new Deployment(manager.project);
  const project = deployment.projectThatDeploys();
  const recovery = new Recovery(project, "--url", manager.url);
  await recovery.untilItSays("Waiting for");

  const exitCode = await recovery.pressCtrlC();

  expect(exitCode).toBe(1);
  expect(recovery.output).toContain("Stopped");
  expect(deployment.calls().at(-1)).toBe("secret delete RECOVERY_TOKEN");
  expect(existsSync(keyPathOf(project))).toBe(false);
  await until(() => processesOfGroup(recovery.group).length === 0);
});

async function refusalIn(project: ProjectCopy, ...words: string[]): Promise<string> {
  const recovery = new Recovery(project, ...words);
  expect(await recovery.exitCode).toBe(1);
  return recovery.output;
}

test("what cannot work is refused before a token is deployed", async () => {
  const manager = new Manager();
  const deployment = new Deployment(manager.project);
  const project = deployment.projectThatDeploys();
  const refusalOf = (...words: string[]) => refusalIn(project, ...words);

  const secrets = freshPair();
  manager.project.writeSettings({ ...secrets });
  await manager.start();
  expect(await refusalOf("--url", manager.url)).toContain("There was no owner yet");
  await manager.stop();
  giveSecrets(manager.project, secrets);
  await manager.start();
  const { url } = manager;
  writeFileSync(keyPathOf(project), "somebody's key");
  expect(await refusalOf("--url", url)).toContain("is there already");
  expect(await refusalIn(new ProjectCopy(), "--url", url)).toContain("wrangler login");
  expect(await refusalOf("--url", url, "--out", "no-such-folder/key")).toContain("could not be kept");
  expect(await refusalOf("--url", `${url}/v1`)).toContain("must be where the Worker is");
  expect(await refusalOf("--url", "http://keys.example.com")).toContain("must begin with https");
  expect(await refusalOf("--url", "http://127.0.0.1:1")).toContain("did not answer");
  expect(await refusalOf("--out", "key")).toContain("--out goes with --url");
  expect(await refusalOf("--token", "x")).toContain("Unknown option");

  expect(readFileSync(keyPathOf(project), "utf8")).toBe("somebody's key");
  expect(deployment.calls().filter((call) => /put|delete/.test(call))).toEqual([]);
});
