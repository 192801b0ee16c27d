import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { secrets } from "../../scripts/deploy/secrets.mjs";
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

test("what wrangler.toml binds to the Secrets Store is not asked for, under either name; the rest is", () => {
  const project = new ProjectCopy();
  const bind = (binding: string, comment = "") =>
    appendFileSync(
      join(project.folder, "wrangler.toml"),
      ["", "[[secrets_store_secrets]]", `binding = "${binding}"`, 'store_id = "0"', 'secret_name = "s"', ""].join(
        `\n${comment}`,
      ),
    );
  const wrangler = pretendWrangler(project, []);
  bind("SECRETS_STORE_ENCRYPTION_KEY");
  bind("HMAC_SECRET", "# ");
  bind("SECRETS_STORE_HMAC_SECRET_FALLBACK");

  const halfBound = runDeploy(project);
  expect(halfBound.status).toBe(1);
  expect(halfBound.output).toContain("lacks HMAC_SECRET, SETUP_TOKEN");

  bind("HMAC_SECRET");
  const bound = runDeploy(project);
  expect(bound.status, bound.output).toBe(0);
  expect(bound.output).toContain("SETUP_TOKEN is not set");
  expect(wrangler.calls()).toMatch(/^deploy$/m);
  expect(runDeploy(project, "--dry-run").output.match(/bound to the Secrets Store\)/g)).toHaveLength(2);
});

test("a secret that is pasted is judged as the Worker will judge it", () => {
  const problemOf = (name: string, value: string, given: Record<string, string> = {}) =>
    secrets.find((secret) => secret.name === name)?.problemOf(value, given);
  const good = randomBytes(32).toString("base64");
  const another = randomBytes(32).toString("hex");

  for (const name of ["ENCRYPTION_KEY", "HMAC_SECRET"]) {
    for (const value of [good, another, JSON.stringify({ primary: good, fallbacks: [another] })])
      expect(problemOf(name, value)).toBeUndefined();
    expect(problemOf(name, "correct-horse-battery-staple-correct-horse-")).toContain("looks like a passphrase");
    expect(problemOf(name, "ab".repeat(32))).toContain("repeats itself");
    expect(problemOf(name, JSON.stringify({ primary: "short" }))).toContain("must be 32 random bytes");
    expect(problemOf(name, "")).toContain("is missing");
  }
  expect(problemOf("HMAC_SECRET", good, { ENCRYPTION_KEY: good })).toContain("one leak would be two");
  expect(problemOf("HMAC_SECRET", another, { ENCRYPTION_KEY: good })).toBeUndefined();
  expect(problemOf("SETUP_TOKEN", "short")).toContain("at least 32 characters");
  expect(problemOf("SETUP_TOKEN", another)).toBeUndefined();
});
