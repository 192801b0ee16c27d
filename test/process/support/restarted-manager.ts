import { cpSync } from "node:fs";
import { Launch } from "./launch.ts";
import { ManagerClient } from "./manager-client.ts";
import { processesOfGroup } from "./processes.ts";
import { ProjectCopy } from "./project-copy.ts";
import { until } from "./recovery.ts";

/** One store, whose manager comes and goes. */
export class RestartedManager {
  readonly project = new ProjectCopy();
  /** All it ever said. */
  output = "";
  url = "";
  #launch: Launch | undefined;

  /** Of a manager that is stopped. */
  copy(): RestartedManager {
    const copy = new RestartedManager();
    cpSync(this.project.state, copy.project.state, { recursive: true });
    copy.project.writeSecrets(this.project.secrets());
    return copy;
  }

  async start(): Promise<ManagerClient> {
    this.#launch = new Launch(this.project);
    this.url = await this.#launch.url();
    return new ManagerClient(this.url, this.project.adminKey());
  }

  /** By Ctrl-C. */
  async stop(): Promise<void> {
    await this.#launch?.pressCtrlC();
    this.#forget();
  }

  /** By kill -9 of the whole process group; nothing of it is left. */
  async kill(): Promise<void> {
    const { group = 0 } = this.#launch ?? {};
    this.#launch?.killGroup();
    await until(() => processesOfGroup(group).length === 0);
    this.#forget();
  }

  #forget(): void {
    this.output += this.#launch?.output ?? "";
    this.#launch = undefined;
  }
}
