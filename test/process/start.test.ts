import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Launch } from "./support/launch.ts";
import { Manager } from "./support/manager.ts";
import { ManagerClient } from "./support/manager-client.ts";
import { processesOfGroup } from "./support/processes.ts";
import { ProjectCopy } from "./support/project-copy.ts";

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test("the first start makes secrets and the first owner, the second keeps everything, Ctrl-C stops all of it", async () => {
  const project = new ProjectCopy();
  const first = new Launch(project);
  const firstUrl = await first.url();
  const secrets = project.secrets();
  const adminKey = project.adminKey();

  expect(modeOf(project.secretsPath)).toBe("600");
  expect(modeOf(project.adminKeyPath)).toBe("600");
  expect(modeOf(project.state)).toBe("700");
  expect(first.output.split(adminKey)).toHaveLength(2);
  const client = new ManagerClient(firstUrl, adminKey);
  expect(await client.ask("GET", "/v1/me")).toMatchObject({ status: 200 });
  const key = await client.createKey("made before the restart");

  expect(await first.pressCtrlC()).toBe(0);
  expect(processesOfGroup(first.group)).toEqual([]);

  const second = new Launch(project);
  const secondUrl = await second.url();

  expect(project.secrets()).toBe(secrets);
  expect(project.adminKey()).toBe(adminKey);
  expect(second.output).toContain(project.adminKeyPath);
  expect(second.output).not.toContain(adminKey);
  expect(await new ManagerClient(secondUrl, adminKey).knows(key)).toBe(true);
});

test("SIGTERM to the launcher alone stops all of it, with exit code 0", async () => {
  const launch = new Launch(new ProjectCopy());
  await launch.url();

  process.kill(launch.processes().launcher, "SIGTERM");

  expect(await launch.exitCode).toBe(0);
  expect(processesOfGroup(launch.group)).toEqual([]);
});

test("a runtime that dies by itself ends the start, with the reason and exit code 1", async () => {
  const launch = new Launch(new ProjectCopy());
  await launch.url();

  process.kill(launch.processes().pid, "SIGKILL");

  expect(await launch.exitCode).toBe(1);
  expect(launch.output).toContain("The runtime ended by itself");
});

test("the configuration that the runtime reads holds no secret", async () => {
  const project = new ProjectCopy();
  await new Launch(project).url();
  const config = readFileSync(join(project.state, "config.capnp"), "utf8");

  const values = [...project.secrets().matchAll(/="(.+)"$/gm)].map(([, value]) => String(value));

  expect(values).toHaveLength(3);
  for (const value of values) expect(config).not.toContain(value);
});

test("a store without .dev.vars is refused, and no new secrets are made", async () => {
  const manager = new Manager();
  const { project } = manager;
  await manager.start();
  await manager.stop();
  rmSync(project.secretsPath);

  const refused = new Launch(project);

  expect(await refused.exitCode).toBe(1);
  expect(refused.output).toContain(".dev.vars is missing");
  expect(() => statSync(project.secretsPath)).toThrow("ENOENT");
});
