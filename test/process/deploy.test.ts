import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cleanEnvironment } from "./support/clean-environment.ts";
import { ProjectCopy } from "./support/project-copy.ts";

/** Without a terminal, and without anyone's login. */
function runDeploy(project: ProjectCopy, ...words: string[]) {
  const environment = { ...cleanEnvironment(), HOME: project.folder, CLOUDFLARE_API_TOKEN: undefined };
  const { status, stdout, stderr } = spawnSync("npm", ["run", "deploy", "--", ...words], {
    cwd: project.folder,
    env: environment,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { status, output: stdout + stderr };
}

/** Puts a wrangler in place that is logged in, lists these secrets, and notes what it is told to do. */
function pretendWrangler(project: ProjectCopy, deployedSecrets: string[]): { calls(): string } {
  const modules = join(project.folder, "node_modules");
  const real = realpathSync(modules);
  const calls = join(project.folder, "calls");
  rmSync(modules);
  mkdirSync(join(modules, ".bin"), { recursive: true });
  cpSync(join(real, ".package-lock.json"), join(modules, ".package-lock.json"));
  symlinkSync(join(real, ".bin", "node"), join(modules, ".bin", "node"));
  const listed = JSON.stringify(deployedSecrets.map((name) => ({ name, type: "secret_text" })));
  writeFileSync(
    join(modules, ".bin", "wrangler"),
    `const words = process.argv.slice(2).join(" ");
     require("node:fs").appendFileSync(${JSON.stringify(calls)}, words + "\\n");
     console.log(words.startsWith("secret list") ? ${JSON.stringify(listed)} : "{}");`,
  );
  return { calls: () => (existsSync(calls) ? readFileSync(calls, "utf8") : "") };
}

test("a dry run needs no login and names the secrets", () => {
  const { status, output } = runDeploy(new ProjectCopy(), "--dry-run");

  expect(status).toBe(0);
  expect(output).toContain("KeyManagerObject");
  for (const name of ["ENCRYPTION_KEY", "HMAC_SECRET", "SETUP_TOKEN"]) expect(output).toContain(name);
});

test("without a login it says how to log in", () => {
  const { status, output } = runDeploy(new ProjectCopy());

  expect(status).toBe(1);
  expect(output).toContain("wrangler login");
});

test("what is missing is named, never made up, when there is no one to ask", () => {
  const project = new ProjectCopy();
  const wrangler = pretendWrangler(project, ["ENCRYPTION_KEY"]);

  const { status, output } = runDeploy(project);

  expect(status).toBe(1);
  expect(output).toContain("lacks HMAC_SECRET, SETUP_TOKEN");
  expect(wrangler.calls()).not.toContain("deploy");
  expect(existsSync(join(project.state, "deploy-secrets"))).toBe(false);
});

test("with its secrets in place the Worker is deployed, also once the token of the set-up was taken away", () => {
  const project = new ProjectCopy();
  const wrangler = pretendWrangler(project, ["ENCRYPTION_KEY", "HMAC_SECRET"]);

  const { status, output } = runDeploy(project);

  expect(status).toBe(0);
  expect(output).toContain("SETUP_TOKEN is not set");
  expect(wrangler.calls()).toMatch(/^deploy$/m);
});
