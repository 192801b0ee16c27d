import type { ChildProcess } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { ProjectCopy } from "./project-copy.ts";
import { until } from "./recovery.ts";
import { devWords, signalGroup, spawnWrangler } from "./wrangler.ts";

const storeId = "0123456789abcdef0123456789abcdef";

/** The Worker under `wrangler dev`, with the local Secrets Store that wrangler keeps beside the objects. */
export class DevWithSecretsStore {
  /** All that wrangler has said. */
  output = "";
  readonly #project = new ProjectCopy();
  readonly #persistTo = join(this.#project.folder, "persisted");
  #child: ChildProcess | undefined;

  constructor(bindings: Readonly<Record<string, string>>) {
    for (const [binding, secretName] of Object.entries(bindings))
      appendFileSync(
        join(this.#project.folder, "wrangler.toml"),
        `\n[[secrets_store_secrets]]\nbinding = "${binding}"\nstore_id = "${storeId}"\nsecret_name = "${secretName}"\n`,
      );
  }

  setWorkerSecrets(secrets: Readonly<Record<string, string>>): void {
    this.#project.writeSettings(secrets);
  }

  /** The value goes in by standard input, as docs/operations.md says. */
  async createStored(secretName: string, value: string): Promise<void> {
    const words = ["secrets-store", "secret", "create", storeId, "--name", secretName, "--scopes", "workers"];
    const child = this.#wrangler(words);
    child.stdin?.end(value);
    const status = await new Promise((resolve) => child.once("close", resolve));
    if (status !== 0) throw new Error(`wrangler ended with ${status}: ${this.output}`);
  }

  async start(): Promise<string> {
    const from = this.output.length;
    const child = this.#wrangler(devWords);
    this.#child = child;
    onTestFinished(() => signalGroup(child, "SIGKILL"));
    await until(() => /Ready on (http:\S+)/.test(this.output.slice(from)));
    return String(/Ready on (http:\S+)/.exec(this.output.slice(from))?.[1]);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const end = new Promise((resolve) => child.once("close", resolve));
    signalGroup(child, "SIGINT");
    await end;
  }

  #wrangler(words: readonly string[]): ChildProcess {
    return spawnWrangler(this.#project, [...words, "--persist-to", this.#persistTo], (text) => {
      this.output += text;
    });
  }
}
