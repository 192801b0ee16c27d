import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { cleanEnvironment } from "./clean-environment.ts";
import type { ProjectCopy } from "./project-copy.ts";

const projectRoot = join(import.meta.dirname, "..", "..", "..");
const materialPattern = /[A-Za-z0-9+/_-]{43,}/g;

interface Run {
  readonly exitCode: number | null;
  readonly output: string;
}

/**
 * `npm run secrets` and a folder for its files: of a project of its own, or one that is not in any project, where every
 * file is named. No run may tell a secret of these files, a part of one, or the admin key.
 */
export class SecretsCommand {
  readonly folder: string;
  readonly #project: string;
  readonly adminKey = `lk_admin_0V3bQk1AA00000000000_${"Ab3".repeat(14)}z`;

  constructor(project?: ProjectCopy) {
    this.folder = project?.folder ?? folderOfItsOwn();
    this.#project = project?.folder ?? projectRoot;
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text, { mode: 0o600 });
  }

  run(...words: string[]): Promise<Run> {
    return this.runWithKey("", ...words);
  }

  runByNpm(...words: string[]): Promise<Run> {
    return this.#start("npm", ["run", "--silent", "secrets", "--", ...words]);
  }

  runWithKey(adminKey: string, ...words: string[]): Promise<Run> {
    return this.#start(process.execPath, [join("scripts", "secrets.mjs"), ...words], { LATCHKEY_ADMIN_KEY: adminKey });
  }

  async #start(program: string, words: string[], environment: NodeJS.ProcessEnv = {}): Promise<Run> {
    const paths = words.map((word) => (/^[a-z]+-secrets\.(env|json)$/.test(word) ? join(this.folder, word) : word));
    const child = spawn(program, paths, {
      cwd: this.#project,
      env: { ...cleanEnvironment(), HOME: this.folder, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    const exitCode = await new Promise<number | null>((resolve) => child.once("close", resolve));
    expect(output.replaceAll(this.folder, "").match(materialPattern)).toBeNull();
    for (const secret of this.#materials()) expect(output).not.toContain(secret.slice(0, 12));
    return { exitCode, output };
  }

  #materials(): string[] {
    const names = readdirSync(this.folder).filter((name) => name === ".dev.vars" || name.includes("secrets."));
    return [this.adminKey, ...names.flatMap((name) => this.read(name).match(materialPattern) ?? [])];
  }
}

function folderOfItsOwn(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "latchkey-secrets-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface AskedManager {
  readonly url: string;
  readonly asked: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
}

/** A manager that answers everything alike, and knows what it was asked. */
export async function managerThatAnswers(
  status: number,
  answer: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<AskedManager> {
  const asked: AskedManager["asked"] = [];
  const server = createServer((request, response) => {
    asked.push({ path: `${request.method} ${request.url}`, headers: request.headers });
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(answer));
  });
  onTestFinished(() => {
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}`, asked };
}
