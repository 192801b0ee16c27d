/** Makes the first owner, once, and tells where the manager is and which key opens it. */
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { replaceFile } from "./durable-files.mjs";
import { Refusal } from "./refusal.mjs";

const patienceMilliseconds = 30_000;

/**
 * @typedef {object} Manager
 * @property {string} url without a slash at its end
 * @property {string} adminKeyPath
 * @property {string | undefined} setupToken
 * @property {AbortSignal} interruption
 */

/**
 * Ends at the interruption, if one comes, with an error.
 * @param {Manager} manager
 */
export async function setUpAndGreet(manager) {
  await untilHealthy(manager);
  const readiness = await ask(manager, "/readyz");
  if (readiness.status === 200) await setUpOnce(manager);
  else tellProblems(manager, readiness.body);
}

/** @param {Manager} manager */
async function untilHealthy(manager) {
  const deadline = performance.now() + patienceMilliseconds;
  while (performance.now() < deadline) {
    const answer = await ask(manager, "/healthz").catch(() => undefined);
    if (answer?.status === 200) return;
    manager.interruption.throwIfAborted();
    await pause(50);
  }
  throw new Refusal(`${manager.url}/healthz did not answer 200 within ${patienceMilliseconds / 1000} seconds.`);
}

/**
 * The key is answered once: from the question to the key's file nothing interrupts.
 * @param {Manager} manager
 */
async function setUpOnce(manager) {
  const { url, adminKeyPath, setupToken } = manager;
  const before = await ask(manager, "/v1/setup");
  if (before.body?.done) {
    const whereKept = existsSync(adminKeyPath)
      ? `An owner's admin key is kept in ${adminKeyPath}`
      : `The first admin key was handed out at the set-up; ${adminKeyPath} is not there any more.`;
    return console.log(`\nLatchkey runs at ${url}/\n${whereKept}\n`);
  }
  if (!setupToken)
    return console.log(
      `\nLatchkey runs at ${url}/ but is not set up: put SETUP_TOKEN into .dev.vars and start again.\n`,
    );

  const uninterrupted = { ...manager, interruption: new AbortController().signal };
  const answer = await ask(uninterrupted, "/v1/setup", {
    method: "POST",
    headers: { authorization: `Bearer ${setupToken}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "First owner" }),
  });
  if (answer.status !== 201 || typeof answer.body?.key !== "string")
    return console.log(`\nLatchkey runs at ${url}/ but the set-up was refused: ${reasonOf(answer)}\n`);
  replaceFile(adminKeyPath, answer.body.key);
  console.log(
    `\nLatchkey runs at ${url}/\nThe first admin key, shown this once and kept in ${adminKeyPath}:\n\n  ${answer.body.key}\n`,
  );
}

/**
 * @param {Manager} manager
 * @param {any} body of a 503 of /readyz; it names what is wrong, never a value
 */
function tellProblems({ url }, body) {
  const problems = Array.isArray(body?.problems) ? body.problems : [];
  console.log(`\nLatchkey runs at ${url}/ but is not ready, so the set-up is skipped:`);
  for (const problem of problems) console.log(`  - ${problemText(problem)}`);
  if (problems.length === 0) console.log(`  - ${body?.detail ?? "see /readyz"}`);
  console.log("Mend .dev.vars and start again. Nothing was changed.\n");
}

/** @param {any} problem */
function problemText(problem) {
  if (typeof problem === "string") return problem;
  const { name, detail } = problem ?? {};
  return [detail?.includes(name) ? undefined : name, detail].filter(Boolean).join(": ");
}

/**
 * @param {Manager} manager
 * @param {string} path
 * @param {RequestInit} [request]
 * @returns {Promise<{ status: number, body: any }>}
 */
async function ask({ url, interruption }, path, request = {}) {
  const signal = AbortSignal.any([interruption, AbortSignal.timeout(patienceMilliseconds)]);
  const response = await fetch(url + path, { ...request, signal });
  const body = await response.json().catch(() => undefined);
  return { status: response.status, body };
}

/** @param {{ status: number, body: any }} answer */
function reasonOf({ status, body }) {
  return `${status} ${body?.detail ?? body?.code ?? ""}`.trim();
}
