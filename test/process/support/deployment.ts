import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { ManagerClient } from "./manager-client.ts";
import { ProjectCopy } from "./project-copy.ts";
import { until } from "./recovery.ts";
import { devWords, signalGroup, spawnWrangler } from "./wrangler.ts";

/** The Worker under `wrangler dev`, in the place of Cloudflare: a secret that the stand-in wrangler sets, it takes up a moment later. */
export class Deployment {
  readonly #project: ProjectCopy;
  readonly #setupToken = randomBytes(32).toString("hex");
  readonly #callsPath: string;
  readonly #givenPath: string;
  #output = "";

  /** Of this project, whose manager runs already if it does not come from here; that one hears of no change of its secrets. */
  constructor(project = new ProjectCopy()) {
    this.#project = project;
    this.#callsPath = join(project.folder, "calls");
    this.#givenPath = join(project.folder, "given");
  }

  async start(): Promise<string> {
    const secret = () => randomBytes(32).toString("base64");
    this.#project.writeSecrets(
      `ENCRYPTION_KEY="${secret()}"\nHMAC_SECRET="${secret()}"\nSETUP_TOKEN="${this.#setupToken}"\n`,
    );
    const child = spawnWrangler(this.#project, devWords, (text) => {
      this.#output += text;
    });
    onTestFinished(() => signalGroup(child, "SIGKILL"));
    await until(() => /Ready on (http:\S+)/.test(this.#output));
    return String(/Ready on (http:\S+)/.exec(this.#output)?.[1]);
  }

  async setUp(url: string): Promise<ManagerClient> {
    const { body } = await new ManagerClient(url, this.#setupToken).ask("POST", "/v1/setup");
    return new ManagerClient(url, String(body.key));
  }

  /** A copy of the project whose wrangler is logged in and speaks to this deployment. */
  projectThatDeploys(): ProjectCopy {
    const project = new ProjectCopy();
    const modules = join(project.folder, "node_modules");
    const real = realpathSync(modules);
    rmSync(modules);
    mkdirSync(join(modules, ".bin"), { recursive: true });
    cpSync(join(real, ".package-lock.json"), join(modules, ".package-lock.json"));
    symlinkSync(join(real, ".bin", "node"), join(modules, ".bin", "node"));
    writeFileSync(join(modules, ".bin", "wrangler"), this.#standIn());
    return project;
  }

  /** What the stand-in wrangler was told to do, a line each. */
  calls(): string[] {
    return linesOf(this.#callsPath);
  }

  /** What it was given on standard input. */
  given(): string[] {
    return linesOf(this.#givenPath);
  }

  /** `wrangler dev` reads its secrets anew when its configuration changes. */
  #standIn(): string {
    const { folder, secretsPath } = this.#project;
    return `
      const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
      const [command, act, name] = process.argv.slice(2);
      appendFileSync(${JSON.stringify(this.#callsPath)}, process.argv.slice(2).join(" ") + "\\n");
      const lines = readFileSync(${JSON.stringify(secretsPath)}, "utf8").split("\\n").filter(Boolean);
      const others = lines.filter((line) => !line.startsWith(name + "="));
      const deploy = (text) => {
        writeFileSync(${JSON.stringify(secretsPath)}, text);
        appendFileSync(${JSON.stringify(join(folder, "wrangler.toml"))}, "\\n");
      };
      if (command === "whoami") console.log("{}");
      if (act === "list") console.log(JSON.stringify(lines.map((line) => ({ name: line.split("=")[0] }))));
      if (act === "delete") deploy(others.join("\\n"));
      if (act === "put") {
        const value = readFileSync(0, "utf8");
        appendFileSync(${JSON.stringify(this.#givenPath)}, value + "\\n");
        deploy([...others, name + '="' + value + '"'].join("\\n"));
      }`;
  }
}

const linesOf = (path: string): string[] =>
  existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
