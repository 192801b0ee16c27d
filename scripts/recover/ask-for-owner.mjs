import { askManager } from "../manager.mjs";
import { replaceFile } from "../start/durable-files.mjs";
import { Refusal } from "../start/refusal.mjs";

/**
 * @typedef {import("../manager.mjs").Answer} Answer
 *
 * @typedef {object} Owner
 * @property {string} id
 * @property {string} name
 * @property {string} key
 */

/**
 * Nothing but time ends the question: the answer holds the new owner's key for the only time.
 * @param {string} url without a slash at its end
 * @param {string} token
 * @returns {Promise<Answer>}
 */
export function askForOwner(url, token) {
  return askManager(url, "/v1/recovery", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
  });
}

/**
 * @param {Answer} answer to askForOwner
 * @param {string} howToSetUp for a manager that never had an owner
 * @returns {Owner}
 */
export function ownerOf(answer, howToSetUp) {
  const { status, body } = answer;
  if (status === 201 && typeof body?.key === "string") return body;
  if (body?.code === "not_set_up")
    throw new Refusal(`There was no owner yet, so there is none to recover: ${howToSetUp}`);
  if (body?.code === "recovery_spent")
    throw new Refusal(
      "An owner was made, but the answer with its key was lost. Try again, then revoke that owner too.",
    );
  throw new Refusal(`No owner was made: ${wordsOf(answer)}`);
}

/** @param {Answer} answer */
export function wordsOf({ status, body }) {
  return [status, body?.code, body?.detail].filter(Boolean).join(" ");
}

/**
 * @param {Owner} owner
 * @param {string} path
 */
export function keepKey({ id, key }, path) {
  try {
    replaceFile(path, key);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Refusal(`${id} was made, but its key could not be kept (${reason}). Try again, then revoke ${id} too.`);
  }
}

/**
 * @param {Owner} owner
 * @param {string} keyPath
 */
export function tellOwner({ id, name }, keyPath) {
  console.log(`\nThere is a new owner: "${name}", ${id}`);
  console.log(`The key is kept in ${keyPath}, readable by you alone.`);
  console.log("The owners whose keys are lost still exist. With the new key, list the admins (GET /v1/admins)");
  console.log("and revoke them (POST /v1/admins/{id}/revoke): whoever finds such a key could use it.\n");
}
