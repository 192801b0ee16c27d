import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { moduleFiles } from "../../../scripts/start/bundle.mjs";
import { runtimeConfig, serviceBinding } from "../../../scripts/start/runtime-config.mjs";
import { readWranglerConfig } from "../../../scripts/start/settings.mjs";
import { Runtime } from "./runtime.ts";

const projectRoot = join(import.meta.dirname, "..", "..", "..");

export interface Binding {
  readonly entrypoint: string;
  /** None at all where absent. */
  readonly props?: unknown;
}

export interface Outcome {
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects, and fails where it is another.
  readonly value?: any;
  readonly thrown?: string;
}

/** The production bundle in raw workerd, and in the same process a sibling Worker that is bound to it by configuration. */
export class RuntimeWithSibling {
  readonly setupToken = randomBytes(32).toString("hex");
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), "latchkey-rpc-")));
  #runtime: Runtime | undefined;
  #ports: Readonly<Record<string, number>> = {};

  async start(bindings: Readonly<Record<string, Binding>>): Promise<void> {
    symlinkSync(inject("workerBundle"), join(this.#folder, "build"));
    mkdirSync(join(this.#folder, "data"));
    copyFileSync(join(import.meta.dirname, "sibling-worker.mjs"), join(this.#folder, "sibling.js"));
    const secret = () => randomBytes(32).toString("base64");
    const settings = { ENCRYPTION_KEY: secret(), HMAC_SECRET: secret(), SETUP_TOKEN: this.setupToken, SHARDS: "2" };
    const config = runtimeConfig({
      compatibilityDate: readWranglerConfig(projectRoot).compatibilityDate,
      modulePaths: moduleFiles(join(this.#folder, "build")).map((path) => `build/${path}`),
      dataFolder: join(this.#folder, "data"),
      address: "127.0.0.1:0",
      settingNames: Object.keys(settings),
      siblings: [
        {
          name: "sibling",
          modulePath: "sibling.js",
          address: "127.0.0.1:0",
          bindings: Object.entries(bindings).map(([binding, to]) =>
            serviceBinding({ binding, service: "latchkey", ...to }),
          ),
        },
      ],
    });
    writeFileSync(join(this.#folder, "config.capnp"), config);
    this.#runtime = new Runtime(join(this.#folder, "config.capnp"), settings);
    this.#ports = await this.#runtime.ports("latchkey", "sibling");
  }

  async stop(): Promise<void> {
    await this.#runtime?.end("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  get managerUrl(): string {
    return `http://127.0.0.1:${this.#ports.latchkey}`;
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in Outcome.
  async tell(act: string, told: Readonly<Record<string, unknown>>): Promise<any> {
    const body = JSON.stringify({ act, ...told });
    const response = await fetch(`http://127.0.0.1:${this.#ports.sibling}/`, { method: "POST", body });
    return response.json();
  }

  call(binding: string, method: string, request?: unknown): Promise<Outcome> {
    return this.tell("call", { binding, method, request });
  }
}
