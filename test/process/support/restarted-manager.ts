import { cpSync } from "node:fs";
import { onTestFinished } from "vitest";
import { writeConfig } from "../../../scripts/start/launch.mjs";
import { readOptions } from "../../../scripts/start/options.mjs";
import { readSettings } from "../../../scripts/start/settings.mjs";
import { Launch } from "./launch.ts";
import { ManagerClient } from "./manager-client.ts";
import { ProjectCopy } from "./project-copy.ts";
import { Runtime } from "./runtime.ts";

/** One store, whose manager comes and goes. */
export class RestartedManager {
  readonly project = new ProjectCopy();
  /** All it ever said. */
  output = "";
  url = "";
  #launch: Launch | undefined;
  #runtime: Runtime | undefined;

  /** Of a manager that is stopped. */
  copy(): RestartedManager {
    const copy = new RestartedManager();
    cpSync(this.project.state, copy.project.state, { recursive: true });
    copy.project.writeSecrets(this.project.secrets());
    return copy;
  }

  /** By `npm start`, which makes the bundle and, the first time, the owner. */
  async start(): Promise<ManagerClient> {
    this.#launch = new Launch(this.project);
    this.url = await this.#launch.url();
    return this.#client();
  }

  /** The runtime that `npm start` would start, on the bundle of an earlier one. */
  async startAgain(): Promise<ManagerClient> {
    const { port, state } = readOptions({ PORT: "0", STATE_DIR: this.project.state });
    const settings = readSettings(this.project.folder);
    writeConfig(state, port, settings);
    const runtime = new Runtime(state.config, settings);
    onTestFinished(() => runtime.end("SIGKILL"));
    this.#runtime = runtime;
    this.url = `http://127.0.0.1:${(await runtime.ports("latchkey")).latchkey}`;
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

  #client(): ManagerClient {
    return new ManagerClient(this.url, this.project.adminKey());
  }

  #forget(): void {
    this.output += `${this.#launch?.output ?? ""}${this.#runtime?.output ?? ""}`;
    this.#launch = undefined;
    this.#runtime = undefined;
  }
}
