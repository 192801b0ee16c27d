import { Refusal } from "./start/refusal.mjs";

const patienceMilliseconds = 30_000;
const loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {any} body undefined if it is no JSON
 */

/**
 * Where the Worker is, as somebody wrote it behind --url. It is not repeated: a key may stand in it by mistake.
 * @param {string} given
 */
export function originOf(given) {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || given.replace(/\/$/, "") !== url.origin)
    throw new Refusal(
      "--url must be where the Worker is and nothing behind it, such as https://latchkey.example.workers.dev",
    );
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopbackNames.includes(url.hostname)))
    throw new Refusal("--url must begin with https, since a key travels there.");
  return url.origin;
}

/**
 * Follows no redirection: what it sends is for this URL alone.
 * @param {string} url without a slash at its end
 * @param {string} path
 * @param {RequestInit} [request]
 * @returns {Promise<Answer>}
 */
export async function askManager(url, path, request = {}) {
  const signal = AbortSignal.timeout(patienceMilliseconds);
  try {
    const response = await fetch(url + path, { ...request, redirect: "manual", signal });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  } catch (error) {
    const { message, cause } = /** @type {Error} */ (error);
    throw new Refusal(`${url} did not answer: ${cause instanceof Error ? cause.message : message}`);
  }
}
