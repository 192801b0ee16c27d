import { spawn } from "node:child_process";
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cleanEnvironment } from "./support/clean-environment.ts";
import { Launch } from "./support/launch.ts";
import { type CreatedKey, ManagerClient } from "./support/manager-client.ts";
import { ProjectCopy } from "./support/project-copy.ts";
import { until } from "./support/recovery.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "operations.md"), "utf8");

/** The commands that the page tells everybody to give, without what it says beside them. */
const [, block = ""] = /^### Planned rotation$.*?```sh\n(.*?)```/ms.exec(page) ?? [];
const commands = block.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

/** Somebody who rotates the secrets of `npm start` by the page, line by line. */
class Operator {
  readonly project = new ProjectCopy();
  url = "";
  readonly #variables: string[] = [];
  #launch: Launch | undefined;
  #next = 0;

  get client(): ManagerClient {
    return new ManagerClient(this.url, this.project.adminKey());
  }

  async start(): Promise<string> {
    this.#launch = new Launch(this.project);
    this.url = await this.#launch.url();
    return this.#launch.output;
  }

  async stop(): Promise<void> {
    expect(await this.#launch?.pressCtrlC()).toBe(0);
  }

  /** What the page means by `deploy FILE`. */
  async deploy(file: string): Promise<string> {
    await this.stop();
    copyFileSync(join(this.project.folder, file), this.project.secretsPath);
    return this.start();
  }

  /** Gives the commands of the page up to the one that begins so. */
  async goOnTo(beginning: string): Promise<void> {
    while (this.#next < commands.length && !commands[this.#next]?.startsWith(beginning)) await this.#give();
    if (this.#next === commands.length && beginning !== "the end")
      throw new Error(`the page does not say ${beginning}`);
  }

  async try(command: string): Promise<{ exitCode: number | null; output: string }> {
    const lines = [...this.#variables, command].join("\n").replaceAll("http://127.0.0.1:8787", this.url);
    const { folder } = this.project;
    const child = spawn("bash", ["-c", lines], { cwd: folder, env: { ...cleanEnvironment(), HOME: folder } });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    const exitCode = await new Promise<number | null>((resolve) => child.once("close", resolve));
    for (const secret of this.#materials()) expect(output).not.toContain(secret);
    return { exitCode, output };
  }

  async #give(): Promise<void> {
    const command = commands[this.#next] ?? "";
    this.#next += 1;
    const [, file = ""] = /^deploy (\S+)$/.exec(command) ?? [];
    if (/^(export )?[A-Z_]+=/.test(command)) this.#variables.push(command);
    else if (file) await this.deploy(file.replace("$E", "env"));
    else {
      const { exitCode, output } = await this.try(command);
      expect(exitCode, output).toBe(0);
      if (command.includes(" check ")) expect(output).toContain("is safe");
    }
  }

  #materials(): string[] {
    const names = readdirSync(this.project.folder).filter((name) => /^\.dev\.vars$|-secrets\.env$/.test(name));
    const texts = names.map((name) => readFileSync(join(this.project.folder, name), "utf8"));
    return texts.flatMap((text) => text.match(/[A-Za-z0-9+/]{43}/g) ?? []);
  }
}

const check = (file: string) => `npm run secrets -- check --file ${file} --url $LATCHKEY`;

test("the rotation of docs/operations.md, with npm start, loses no key, refuses what is out of turn, and opens a backup from before", async () => {
  const operator = new Operator();
  const data = join(operator.project.state, "data");
  const backup = join(operator.project.folder, "backup");
  const keys: CreatedKey[] = [];
  const makeKey = async (name: string) => keys.push(await operator.client.createKey(name));
  const expectAllValid = async () => {
    for (const key of keys) expect(await operator.client.knows(key)).toBe(true);
  };
  const expectRefused = async (file: string, reason: string) => {
    const { exitCode, output } = await operator.try(check(file));
    expect(exitCode, output).toBe(1);
    expect(output).toContain("Do not deploy it");
    expect(output).toContain(reason);
  };
  const expectSafe = async (file: string) => expect((await operator.try(check(file))).output).toContain("is safe");

  await operator.start();
  await makeKey("before");
  await operator.stop();
  cpSync(data, backup, { recursive: true });
  await operator.start();

  await operator.try("cp .dev.vars my-secrets.env");
  await operator.goOnTo("deploy staged");
  const rings = "ENCRYPTION_KEY HMAC_SECRET";
  await operator.try(`npm run secrets -- swap ${rings} --file staged-secrets.env --out early-secrets.env`);
  await expectRefused("early-secrets.env", "is not held there yet");

  await operator.goOnTo("deploy swapped");
  await makeKey("staged");
  await expectSafe("my-secrets.env");

  await operator.goOnTo("curl -s -X POST");
  await makeKey("swapped");
  await expectAllValid();
  await expectSafe("staged-secrets.env");
  await expectRefused("my-secrets.env", "is not in the file");
  const old = `$(npm run --silent secrets -- fingerprint --file swapped-secrets.env | awk '$2 == "fallback" { print $4 }')`;
  await operator.try(`npm run secrets -- retire ${old} --file swapped-secrets.env --out hasty-secrets.env`);
  await expectRefused("hasty-secrets.env", "is not in the file");

  await operator.goOnTo("curl -s $LATCHKEY/v1/system/reencrypt");
  const progress = async () => (await operator.client.ask("GET", "/v1/system/reencrypt")).body;
  await until(async () => (await progress()).state === "done");
  expect(await progress()).toMatchObject({ left: 0, quarantinedCount: 0, missingSecrets: [] });

  await operator.goOnTo("the end");
  expect((await operator.client.ask("GET", "/readyz")).status).toBe(200);
  await expectAllValid();

  await operator.stop();
  rmSync(data, { recursive: true });
  cpSync(backup, data, { recursive: true });
  expect(await operator.start()).toContain("ENCRYPTION_KEY is not the one this store was written with");
  await operator.deploy("swapped-secrets.env");
  expect((await operator.client.ask("GET", "/readyz")).status).toBe(200);
  const [first] = keys;
  expect(first && (await operator.client.knows(first))).toBe(true);
  await expectRefused("retired-secrets.env", "is not in the file");
}, 180_000);
