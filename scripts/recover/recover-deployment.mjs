import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { deployedSecrets, isLoggedIn } from "../deploy/wrangler.mjs";
import { askManager, originOf } from "../manager.mjs";
import { projectRoot } from "../project.mjs";
import { createFile } from "../start/durable-files.mjs";
import { Refusal } from "../start/refusal.mjs";
import { askForOwner, keepKey, ownerOf, tellOwner, wordsOf } from "./ask-for-owner.mjs";
import { withDeployedToken } from "./deployed-token.mjs";

const howToSetUp = "ask for the first with POST /v1/setup and the SETUP_TOKEN.";
const spreadingMilliseconds = 120_000;
const pauseMilliseconds = 1000;

/**
 * Makes another owner in a deployed Worker, with the right to deploy and nothing else, and keeps its key in a file.
 * @param {string} givenUrl
 * @param {string} out where the key is kept, relative to the project's folder
 * @param {AbortSignal} interruption
 */
export async function recoverDeployment(givenUrl, out, interruption) {
  const url = originOf(givenUrl);
  const keyPath = resolve(projectRoot, out);
  await refuseWithoutOwners(url);
  refuseWithoutDeployment();
  takePlace(keyPath);
  let isKept = false;
  try {
    const owner = await withDeployedToken(async (token) => {
      const made = ownerOf(await untilItSpread(url, token, interruption), howToSetUp);
      keepKey(made, keyPath);
      isKept = true;
      return made;
    });
    tellOwner(owner, keyPath);
  } finally {
    if (!isKept) rmSync(keyPath, { force: true });
  }
}

/** @param {string} url */
async function refuseWithoutOwners(url) {
  const answer = await askManager(url, "/v1/setup");
  if (answer.status !== 200 || typeof answer.body?.done !== "boolean")
    throw new Refusal(`${url}/v1/setup is not answered as Latchkey does when it is ready: ${wordsOf(answer)}`);
  if (!answer.body.done) throw new Refusal(`There was no owner yet, so there is none to recover: ${howToSetUp}`);
}

function refuseWithoutDeployment() {
  if (!isLoggedIn())
    throw new Refusal("Not logged in to Cloudflare: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.");
  if (deployedSecrets().length === 0)
    throw new Refusal("In this account there is no Worker of the name in wrangler.toml that holds secrets.");
}

/**
 * Before anything is changed, so that the key will have its place and takes nobody else's.
 * @param {string} path
 */
function takePlace(path) {
  let isTaken = false;
  try {
    isTaken = createFile(path, "");
  } catch (error) {
    throw new Refusal(`The key could not be kept in ${path}: ${error instanceof Error ? error.message : error}`);
  }
  if (!isTaken) throw new Refusal(`${path} is there already: move it away, or name another file with --out.`);
}

/**
 * A new secret takes some seconds to be everywhere. Until then the answer is that there is none, or another one, or
 * none at all. To ask again is safe, since the token makes one owner at most.
 * @param {string} url
 * @param {string} token
 * @param {AbortSignal} interruption
 */
async function untilItSpread(url, token, interruption) {
  console.log(`Waiting for ${url} to take up the token ...`);
  const deadline = performance.now() + spreadingMilliseconds;
  while (true) {
    interruption.throwIfAborted();
    const answer = await askForOwner(url, token).catch((/** @type {Error} */ error) => error);
    if (!(answer instanceof Error) && answer.status !== 401 && answer.status < 502) return answer;
    if (performance.now() > deadline) {
      const last = answer instanceof Error ? answer.message : wordsOf(answer);
      throw new Refusal(`${url} did not take up the token within ${spreadingMilliseconds / 1000} seconds: ${last}`);
    }
    await pause(pauseMilliseconds, undefined, { signal: interruption });
  }
}
