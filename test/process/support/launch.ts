import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { cleanEnvironment } from "./clean-environment.ts";
import type { ProjectCopy } from "./project-copy.ts";

const patienceMilliseconds = 60_000;

/** One `npm start`, or `npm run example`, as a person would run it: in a process group of its own, as a terminal gives it one. */
export class Launch {
  readonly group: number;
  readonly exitCode: Promise<number | null>;
  output = "";
  readonly #child: ChildProcess;
  readonly #project: ProjectCopy;
  readonly #script: string;

  constructor(
    project: ProjectCopy,
    settings: { PORT?: string; EXAMPLE_PORT?: string; STATE_DIR?: string } = {},
    script: "start" | "example" = "start",
  ) {
    this.#project = project;
    this.#script = script;
    this.#child = spawn("npm", ["run", script], {
      cwd: project.folder,
      env: { ...cleanEnvironment(), PORT: "0", ...settings },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (this.#child.pid === undefined) throw new Error("npm could not be started");
    this.group = this.#child.pid;
    this.exitCode = new Promise((resolve) => this.#child.once("exit", resolve));
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    onTestFinished(() => this.killGroup());
  }

  /** Where it runs, once it has said all it says at a start. */
  async url(): Promise<string> {
    const deadline = Date.now() + patienceMilliseconds;
    let ended = false;
    void this.exitCode.then(() => {
      ended = true;
    });
    while (!ended && Date.now() < deadline) {
      const url = /Latchkey runs at (\S+)\//.exec(this.output)?.[1];
      if (url && this.output.includes("Press Ctrl-C")) return url;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`npm run ${this.#script} did not come up:\n${this.output}`);
  }

  /** Where the example runs, beside the manager. */
  async exampleUrl(): Promise<string> {
    await this.url();
    return /protected by it, runs at (\S+)\//.exec(this.output)?.[1] ?? "";
  }

  /** The processes that it says it consists of. */
  processes(): { pid: number; launcher: number } {
    return JSON.parse(readFileSync(join(this.#project.state, "runtime.json"), "utf8"));
  }

  pressCtrlC(): Promise<number | null> {
    process.kill(-this.group, "SIGINT");
    return this.exitCode;
  }

  killGroup(): void {
    try {
      process.kill(-this.group, "SIGKILL");
    } catch {
      // Nothing of it is left.
    }
  }
}
