/** What a deployment says of its secrets. Of an answer nothing is repeated that could be anything. */
import { askManager, originOf } from "../manager.mjs";
import { Refusal } from "../start/refusal.mjs";

/**
 * @typedef {object} DeployedSecret
 * @property {"encryption" | "hmac"} kind
 * @property {string} fingerprint
 * @property {"primary" | "fallback" | "absent"} configured
 * @property {string | null} adoptedAt null: nothing was ever written under it
 * @property {number} records that it protects
 * @property {boolean} removable
 *
 * @typedef {object} Deployment
 * @property {string} url
 * @property {DeployedSecret[]} fingerprints
 * @property {({ name?: unknown, servedBy?: unknown, health?: unknown } | null)[]} sources
 */

/**
 * @param {string} givenUrl
 * @param {string | undefined} adminKey
 * @returns {Promise<Deployment>}
 */
export async function askDeployment(givenUrl, adminKey) {
  const url = originOf(givenUrl);
  if (!adminKey)
    throw new Refusal("With --url it needs an admin key in LATCHKEY_ADMIN_KEY, of a role with system:read.");
  if (!/^[!-~]+$/.test(adminKey)) throw new Refusal("LATCHKEY_ADMIN_KEY is no admin key: it must be one word.");
  const { status, body } = await askManager(url, "/v1/system", { headers: { authorization: `Bearer ${adminKey}` } });
  if (status === 401) throw new Refusal(`${url} does not accept the key in LATCHKEY_ADMIN_KEY.`);
  if (status === 403) throw new Refusal("The key in LATCHKEY_ADMIN_KEY may not read the system: it needs system:read.");
  if (status === 503)
    throw new Refusal(`${url} is not ready, so it cannot be asked: /readyz or GET /v1/system there says what to mend.`);
  if (status !== 200 || !isSystem(body))
    throw new Refusal(
      `${url}/v1/system is not answered as Latchkey does (${status}): is it this version, and this URL?`,
    );
  return { url, fingerprints: body.fingerprints, sources: body.sources };
}

/** @param {any} body */
function isSystem(body) {
  return Array.isArray(body?.fingerprints) && body.fingerprints.every(isDeployedSecret) && Array.isArray(body.sources);
}

/** @param {any} secret */
function isDeployedSecret(secret) {
  return (
    ["encryption", "hmac"].includes(secret?.kind) &&
    typeof secret.fingerprint === "string" &&
    /^[0-9a-f]{16}$/.test(secret.fingerprint) &&
    ["primary", "fallback", "absent"].includes(secret.configured) &&
    (secret.adoptedAt === null || typeof secret.adoptedAt === "string") &&
    Number.isSafeInteger(secret.records) &&
    typeof secret.removable === "boolean"
  );
}
