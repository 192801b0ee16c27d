import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { cleanEnvironment } from "./clean-environment.ts";
import type { ProjectCopy } from "./project-copy.ts";

export const devWords = ["dev", "--port", "0", "--inspector-port", "0", "--show-interactive-dev-session=false"];

/** The wrangler of a copy of the project, which knows no account and tells nobody; in a process group of its own. */
export const spawnWrangler = ({ folder }: ProjectCopy, words: readonly string[], hear: (text: string) => void) => {
  const bin = join(folder, "node_modules", ".bin");
  const child = spawn(join(bin, "wrangler"), words, {
    cwd: folder,
    env: {
      ...cleanEnvironment(),
      PATH: `${bin}:${cleanEnvironment().PATH}`,
      HOME: folder,
      WRANGLER_SEND_METRICS: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", hear);
  return child;
};

export const signalGroup = ({ pid }: ChildProcess, signal: NodeJS.Signals): void => {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Nothing of it is left.
  }
};
