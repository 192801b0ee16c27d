import { Refusal } from "../start/refusal.mjs";
import { askDeployment } from "./deployment.mjs";
import { allSecrets, ringNames } from "./held-secrets.mjs";

/**
 * @typedef {import("./deployment.mjs").DeployedSecret} DeployedSecret
 * @typedef {import("./held-secrets.mjs").HeldSecret} HeldSecret
 */

const settingNames = ringNames.flatMap((name) => [name, `${name}_FALLBACK`]);

/**
 * @param {import("./secrets-file.mjs").SecretsFile} file
 * @param {string | undefined} url
 * @param {string | undefined} adminKey
 */
export async function check(file, url, adminKey) {
  const held = allSecrets(file);
  console.log(`${file.path} is sound.`);
  if (url === undefined) return;
  const deployment = await askDeployment(url, adminKey);
  const problems = [...missing(held, deployment.fingerprints), ...unstaged(held, deployment.fingerprints)];
  const stored = settingNames.filter((name) =>
    deployment.sources.some((source) => source?.name === name && source.servedBy === "secrets_store"),
  );
  if (stored.length > 0)
    console.log(
      `Mind that the Secrets Store serves ${stored.join(", ")} there: a Worker secret of that name is not looked at, so put what the file says into the store.`,
    );
  if (deployment.sources.some((source) => source?.health !== "ok"))
    console.log(`Mind that a source of secrets is not well there: GET ${deployment.url}/v1/system tells which.`);
  if (problems.length > 0)
    throw new Refusal([`Do not deploy it to ${deployment.url} now:`, ...problems].join("\n  - "));
  console.log(`To deploy it to ${deployment.url} now is safe.`);
  const free = unneeded(held, deployment.fingerprints);
  for (const { name, fingerprint } of free)
    console.log(`${name} ${fingerprint} protects nothing there any more and may go.`);
  if (free.length > 0)
    console.log(
      `The file without: npm run secrets -- retire ${free.map(({ fingerprint }) => fingerprint).join(" ")} --file ${file.path}`,
    );
}

/**
 * The configured primary is needed even if nothing was written under it yet: that may happen at any moment. Of those that
 * are not configured any more only what they still protect counts: such a one may have been retired.
 * @param {HeldSecret[]} held
 * @param {DeployedSecret[]} deployed
 */
function missing(held, deployed) {
  return deployed
    .filter(
      ({ configured, adoptedAt, records, removable }) =>
        configured === "primary" || records > 0 || (configured === "fallback" && adoptedAt !== null && !removable),
    )
    .filter((needed) => !held.some((secret) => isSame(secret, needed)))
    .map(({ kind, fingerprint, records }) => {
      const name = nameOf(kind);
      const use = records > 0 ? `protects ${records} ${records === 1 ? "record" : "records"} there` : "is in use there";
      return `${name} ${fingerprint} ${use} and is not in the file: put it into ${name}_FALLBACK, from your copy.`;
    });
}

/**
 * @param {HeldSecret[]} held
 * @param {DeployedSecret[]} deployed
 */
function unstaged(held, deployed) {
  return held
    .filter(({ standing }) => standing === "primary")
    .filter((secret) => !deployed.some((known) => isSame(secret, known) && known.configured !== "absent"))
    .map(
      ({ name, fingerprint }) =>
        `${name} ${fingerprint} is not held there yet: first deploy a file in which it is a fallback and the present primary stays.`,
    );
}

/**
 * @param {HeldSecret[]} held
 * @param {DeployedSecret[]} deployed
 */
function unneeded(held, deployed) {
  return held
    .filter(({ standing }) => standing === "fallback")
    .filter((secret) => deployed.some((known) => isSame(secret, known) && known.removable));
}

/**
 * @param {HeldSecret} held
 * @param {DeployedSecret} deployed
 */
const isSame = (held, deployed) => held.kind === deployed.kind && held.fingerprint === deployed.fingerprint;

/** @param {DeployedSecret["kind"]} kind */
const nameOf = (kind) => (kind === "encryption" ? "ENCRYPTION_KEY" : "HMAC_SECRET");
