import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** workerd itself, on a configuration and a bundle that are there already. */
export class Runtime {
  /** All it says. */
  output = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(config: string, settings: Readonly<Record<string, string>>) {
    this.#child = spawn(runtimeBinary(), ["serve", "--control-fd=3", config], {
      env: settings,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    this.#ended = once(this.#child, "close");
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
  }

  /** Where each of these sockets listens, once all of them do. */
  async ports(...sockets: readonly string[]): Promise<Record<string, number>> {
    const ports: Record<string, number> = {};
    for await (const line of createInterface({ input: this.#child.stdio[3] as Readable })) {
      const { event, socket, port } = JSON.parse(line);
      if (event === "listen") ports[socket] = port;
      if (sockets.every((name) => name in ports)) return ports;
    }
    throw new Error(`workerd did not come up:\n${this.output}`);
  }

  /** It is gone when this answers. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }
}

const runtimeBinary = (): string => {
  const requireFromWrangler = createRequire(createRequire(import.meta.url).resolve("wrangler/package.json"));
  return (requireFromWrangler("workerd") as { default: string }).default;
};
