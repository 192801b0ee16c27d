import { existsSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { busyPort } from "./support/busy-port.ts";
import { Launch } from "./support/launch.ts";
import { ManagerClient } from "./support/manager-client.ts";
import { processesOfGroup, runtimesOn } from "./support/processes.ts";
import { ProjectCopy } from "./support/project-copy.ts";

test("a busy port is refused before anything is started or made", async () => {
  const project = new ProjectCopy();
  const port = await busyPort();

  const refused = new Launch(project, { PORT: String(port) });

  expect(await refused.exitCode).toBe(1);
  expect(refused.output).toContain(`Port ${port} on 127.0.0.1 is in use`);
  expect(existsSync(project.secretsPath)).toBe(false);
  expect(processesOfGroup(refused.group)).toEqual([]);
});

test("a second start on the same store is refused, and the first goes on", async () => {
  const project = new ProjectCopy();
  const first = new Launch(project);
  const url = await first.url();

  const second = new Launch(project);

  expect(await second.exitCode).toBe(1);
  expect(second.output).toContain("already runs on");
  expect(runtimesOn(project.state)).toHaveLength(1);
  expect(await new ManagerClient(url).ask("GET", "/healthz")).toMatchObject({ status: 200 });
});

test("two starts at the same moment make one manager", async () => {
  const project = new ProjectCopy();
  const launches = [new Launch(project), new Launch(project)];

  const outcomes = await Promise.allSettled(launches.map((launch) => launch.url()));

  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(runtimesOn(project.state)).toHaveLength(1);
});

test("after kill -9 of the launcher alone, the next start stops the runtime it left, and never do two run", async () => {
  const project = new ProjectCopy();
  const first = new Launch(project);
  const client = new ManagerClient(await first.url(), project.adminKey());
  const key = await client.createKey("made before the kill");
  const { pid: orphan, launcher } = first.processes();
  process.kill(launcher, "SIGKILL");
  await first.exitCode;
  expect(runtimesOn(project.state).map(({ pid }) => pid)).toEqual([orphan]);

  let mostAtOnce = 0;
  const watch = setInterval(() => {
    mostAtOnce = Math.max(mostAtOnce, runtimesOn(project.state).length);
  }, 5);
  onTestFinished(() => clearInterval(watch));
  const second = new Launch(project);
  const url = await second.url();

  expect(mostAtOnce).toBe(1);
  expect(runtimesOn(project.state).map(({ pid }) => pid)).toEqual([second.processes().pid]);
  expect(second.processes().pid).not.toBe(orphan);
  expect(await new ManagerClient(url, project.adminKey()).knows(key)).toBe(true);
});
