/** npm run deploy: deploys to Cloudflare. `-- --dry-run` shows what would be deployed, without network or login. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureInstalled } from "./install.mjs";

await ensureInstalled();
const { collectSecrets } = await import("./deploy/collect-secrets.mjs");
const { missingSecrets, secrets } = await import("./deploy/secrets.mjs");
const { storedSecrets } = await import("./deploy/stored-secrets.mjs");
const { deployedSecrets, isLoggedIn, runWrangler } = await import("./deploy/wrangler.mjs");

const { values: options } = parseArgs({ options: { "dry-run": { type: "boolean" } } });
try {
  process.exitCode = await (options["dry-run"] ? rehearse() : deploy());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function rehearse() {
  return inTemporaryFolder((folder) => {
    const exitCode = runWrangler(["deploy", "--dry-run", "--outdir", folder]);
    console.log("\nSecrets that the Worker needs:");
    const stored = storedSecrets();
    for (const { name, purpose } of secrets)
      console.log(`  ${name.padEnd(14)}  ${purpose}${stored.includes(name) ? " (bound to the Secrets Store)" : ""}`);
    console.log("`npm run deploy` asks for those that it lacks, but for what is bound to the Secrets Store.");
    return exitCode;
  });
}

async function deploy() {
  const platformSuppliesSecrets = Boolean(process.env.WORKERS_CI);
  if (platformSuppliesSecrets) return runWrangler(["deploy"]);
  if (!isLoggedIn())
    throw new Error("Not logged in to Cloudflare: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.");

  const present = deployedSecrets();
  const missing = missingSecrets([...present, ...storedSecrets()]);
  if (missing.length === 0) {
    if (!present.includes("SETUP_TOKEN"))
      console.log("SETUP_TOKEN is not set. Should the set-up still be due: npx wrangler secret put SETUP_TOKEN");
    return runWrangler(["deploy"]);
  }
  if (!process.stdin.isTTY)
    throw new Error(
      `The deployed Worker lacks ${missing.map(({ name }) => name).join(", ")}, and there is no terminal to ask on.\n` +
        "Run `npm run deploy` in a terminal once, or set each with `npx wrangler secret put NAME`.",
    );
  return deployWith(await collectSecrets(missing));
}

/**
 * The Worker and its secrets arrive in one step. They travel in a file, since arguments are visible to every user.
 * @param {Record<string, string>} values
 */
function deployWith(values) {
  return inTemporaryFolder((folder) => {
    const file = join(folder, "secrets.json");
    writeFileSync(file, JSON.stringify(values), { mode: 0o600 });
    return runWrangler(["deploy", "--secrets-file", file]);
  });
}

/**
 * Ctrl-C ends wrangler; this process lives on to remove the folder.
 * @param {(folder: string) => number} act
 */
function inTemporaryFolder(act) {
  process.on("SIGINT", () => {});
  const folder = mkdtempSync(join(tmpdir(), "latchkey-deploy-"));
  try {
    return act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
