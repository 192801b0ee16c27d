import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const projectRoot = join(import.meta.dirname, "..", "..", "..");
const leftOut =
  /^(node_modules|\.git|\.latchkey|\.wrangler|\.dev\.vars|dist|coverage|test|docs|client$|client\/dist$|[^/]*secrets[^/]*\.(env|json)$)/;
const namesIn = (folder: string): string[] => readdirSync(join(projectRoot, folder)).map((name) => join(folder, name));
/** The client's folder is taken apart, because another test may be building the package there. */
const copied = [...namesIn(""), ...namesIn("client")].filter((path) => !leftOut.test(path));

/** A copy of the project in a folder of its own, with the packages of this one: the developer's store and secrets stay out of it. */
export class ProjectCopy {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "latchkey-process-")));
  readonly state = join(this.folder, ".latchkey");
  readonly adminKeyPath = join(this.state, "admin-key");
  readonly secretsPath = join(this.folder, ".dev.vars");

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 }));
    mkdirSync(join(this.folder, "client"));
    for (const path of copied) cpSync(join(projectRoot, path), join(this.folder, path), { recursive: true });
    symlinkSync(realpathSync(join(projectRoot, "node_modules")), join(this.folder, "node_modules"));
  }

  adminKey(): string {
    return readFileSync(this.adminKeyPath, "utf8").trim();
  }

  secrets(): string {
    return readFileSync(this.secretsPath, "utf8");
  }

  writeSecrets(text: string): void {
    writeFileSync(this.secretsPath, text, { mode: 0o600 });
  }

  /** A line each; no value has a single quote in it. */
  writeSettings(settings: Readonly<Record<string, string>>): void {
    const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`);
    this.writeSecrets(lines.join(""));
  }
}
