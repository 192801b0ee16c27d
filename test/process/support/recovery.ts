import { type ChildProcess, spawn } from "node:child_process";
import { onTestFinished } from "vitest";
import { cleanEnvironment } from "./clean-environment.ts";
import type { ProjectCopy } from "./project-copy.ts";

/** One `npm run recover`, in a process group of its own, as a terminal gives it one. */
export class Recovery {
  readonly exitCode: Promise<number | null>;
  output = "";
  readonly group: number;
  readonly #child: ChildProcess;

  constructor(project: ProjectCopy, ...words: string[]) {
    this.#child = spawn("npm", ["run", "recover", "--", ...words], {
      cwd: project.folder,
      env: { ...cleanEnvironment(), HOME: project.folder, CLOUDFLARE_API_TOKEN: undefined },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (this.#child.pid === undefined) throw new Error("npm could not be started");
    this.group = this.#child.pid;
    this.exitCode = new Promise((resolve) => this.#child.once("close", resolve));
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    onTestFinished(() => this.#signal("SIGKILL"));
  }

  async untilItSays(text: string): Promise<void> {
    await until(() => this.output.includes(text));
  }

  pressCtrlC(): Promise<number | null> {
    this.#signal("SIGINT");
    return this.exitCode;
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.group, signal);
    } catch {
      // Nothing of it is left.
    }
  }
}

export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error("it never came to be");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
