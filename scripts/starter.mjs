/** Set in the environment of a script that another script has started and watches over. */
export const startedByScript = "LATCHKEY_STARTED_BY_SCRIPT";

/**
 * Tells when npm, or the script that started this one, is gone. A signal that cannot be passed on (kill -9) would
 * otherwise leave this script running unseen. A script that a shell has started may outlive its shell.
 * @param {() => void} act
 */
export function onStarterGone(act) {
  if (!process.env.npm_lifecycle_event && !process.env[startedByScript]) return;
  const starter = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === starter) return;
    clearInterval(watch);
    act();
  }, 200);
  watch.unref();
}
