import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Launch } from "./support/launch.ts";
import { Manager } from "./support/manager.ts";
import { ManagerClient } from "./support/manager-client.ts";
import { ProjectCopy } from "./support/project-copy.ts";

const secretsWith = (changes: Partial<Record<"ENCRYPTION_KEY" | "HMAC_SECRET", string>>) =>
  Object.entries({
    ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    HMAC_SECRET: randomBytes(32).toString("base64"),
    SETUP_TOKEN: randomBytes(32).toString("hex"),
    ...changes,
  })
    .map(([name, value]) => `${name}="${value}"\n`)
    .join("");

describe("a start whose secrets are no good stays up, says why and sets nothing up", () => {
  test.each([
    ["a short one", "ENCRYPTION_KEY", randomBytes(16).toString("base64")],
    ["a passphrase", "HMAC_SECRET", "correct horse battery staple, thirty-two and more"],
  ])("%s as %s", async (_what, name, value) => {
    const project = new ProjectCopy();
    project.writeSecrets(secretsWith({ [name]: value }));
    const launch = new Launch(project);
    const client = new ManagerClient(await launch.url());

    expect(await client.ask("GET", "/healthz")).toMatchObject({ status: 200 });
    const readiness = await client.ask("GET", "/readyz");
    expect(readiness.status).toBe(503);
    expect(JSON.stringify(readiness.body)).toContain(name);
    expect(JSON.stringify(readiness.body)).not.toContain(value);
    expect(launch.output).toContain(name);
    expect(launch.output).not.toContain(value);
    expect(existsSync(project.adminKeyPath)).toBe(false);
    expect(await launch.pressCtrlC()).toBe(0);
  });
});

test("foreign secrets open nothing and change nothing: with the right ones back, everything is there", async () => {
  const manager = new Manager();
  const { project } = manager;
  const key = await (await manager.start()).createKey("made under the right secrets");
  await manager.stop();
  const adminKey = project.adminKey();
  const rightSecrets = project.secrets();

  project.writeSecrets(secretsWith({}));
  const foreign = new Launch(project);
  const client = new ManagerClient(await foreign.url(), adminKey);
  expect(await client.ask("GET", "/healthz")).toMatchObject({ status: 200 });
  expect(await client.ask("GET", "/readyz")).toMatchObject({ status: 503 });
  expect(await client.ask("GET", `/v1/keys/${key.id}`)).toMatchObject({ status: 503 });
  expect(foreign.output).toContain("the set-up is skipped");
  expect(await foreign.pressCtrlC()).toBe(0);
  expect(project.adminKey()).toBe(adminKey);

  project.writeSecrets(rightSecrets);
  expect(await (await manager.start()).knows(key)).toBe(true);
});
