import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { inject, onTestFinished } from "vitest";
import { writeConfig } from "../../../scripts/start/launch.mjs";
import { readOptions } from "../../../scripts/start/options.mjs";
import { ensureSecrets, readSettings } from "../../../scripts/start/settings.mjs";
import { Launch } from "./launch.ts";
import { ManagerClient } from "./manager-client.ts";
import { ProjectCopy } from "./project-copy.ts";
import { Runtime } from "./runtime.ts";

/** One store, whose manager comes and goes. */
export class Manager {
  readonly project = new ProjectCopy();
  /** All it ever said. */
  output = "";
  url = "";
  #launch: Launch | undefined;
  #runtime: Runtime | undefined;

  /** Of a manager that is stopped. */
  copy(): Manager {
    const copy = new Manager();
    cpSync(this.project.state, copy.project.state, { recursive: true });
    copy.project.writeSecrets(this.project.secrets());
    return copy;
  }

  async startByNpm(): Promise<ManagerClient> {
    this.#launch = new Launch(this.project);
    this.url = await this.#launch.url();
    return this.#client();
  }

  /** What `npm start` would start, and set up, but on the bundle that is made once for all tests. */
  async start(): Promise<ManagerClient> {
    const { folder, state: path, adminKeyPath } = this.project;
    const { port, state } = readOptions({ PORT: "0", STATE_DIR: path });
    mkdirSync(path, { recursive: true });
    ensureSecrets(folder, state.data);
    if (!existsSync(state.build)) symlinkSync(inject("workerBundle"), state.build);
    const settings = readSettings(folder);
    writeConfig(state, port, settings);
    const runtime = new Runtime(state.config, settings);
    onTestFinished(() => runtime.end("SIGKILL"));
    this.#runtime = runtime;
    this.url = `http://127.0.0.1:${(await runtime.ports("latchkey")).latchkey}`;
    if (settings.SETUP_TOKEN && !existsSync(adminKeyPath)) await this.#setUp(settings.SETUP_TOKEN);
    return this.#client();
  }

  /** In an orderly way. */
  async stop(): Promise<void> {
    await this.#launch?.pressCtrlC();
    await this.#runtime?.end("SIGTERM");
    this.#forget();
  }

  /** By kill -9. */
  async kill(): Promise<void> {
    await this.#runtime?.end("SIGKILL");
    this.#forget();
  }

  async #setUp(token: string): Promise<void> {
    const { status, body } = await new ManagerClient(this.url, token).ask("POST", "/v1/setup", { name: "First owner" });
    if (status !== 201) throw new Error(`POST /v1/setup answered ${status}: ${JSON.stringify(body)}`);
    writeFileSync(this.project.adminKeyPath, String(body.key), { mode: 0o600 });
  }

  #client(): ManagerClient {
    return new ManagerClient(this.url, existsSync(this.project.adminKeyPath) ? this.project.adminKey() : "");
  }

  #forget(): void {
    this.output += `${this.#launch?.output ?? ""}${this.#runtime?.output ?? ""}`;
    this.#launch = undefined;
    this.#runtime = undefined;
  }
}
