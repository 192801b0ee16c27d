/** Tells a process from a later one with the same number. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * @param {number} pid
 * @returns {string | undefined} the same text as long as this very process lives, undefined once it is gone
 */
export function processIdentity(pid) {
  return process.platform === "linux" ? identityOnLinux(pid) : identityByPs(pid);
}

/** @param {number} pid */
function identityOnLinux(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    const [condition, startTicks] = [fields[0], fields[19]];
    if (condition === "X" || (condition === "Z" && threadCount(pid) <= 1)) return undefined;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${startTicks}`;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/**
 * A dead process whose last thread is still ending may still hold its files.
 * @param {number} pid
 */
function threadCount(pid) {
  return readdirSync(`/proc/${pid}/task`).length;
}

/** @param {number} pid */
function identityByPs(pid) {
  try {
    const answer = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { LC_ALL: "C" },
    });
    const [condition, ...started] = answer.trim().split(/\s+/);
    return condition.startsWith("Z") || started.length === 0 ? undefined : started.join(" ");
  } catch (error) {
    if (/** @type {{ status?: number }} */ (error).status === 1) return undefined;
    throw error;
  }
}

/** @param {unknown} error */
function isGone(error) {
  return ["ENOENT", "ESRCH"].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? "");
}
