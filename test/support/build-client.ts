import { execFileSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** The tests import the client package by its name, which is what was built of it. */
export const setup = (): void => {
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", join(root, "client/tsconfig.json")], { stdio: "inherit" });
};
