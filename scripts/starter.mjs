/**
 * Tells when npm, which started this script, is gone. A signal that cannot be passed on (kill -9) would
 * otherwise leave the script running unseen. A script that was not started by npm may outlive its shell.
 * @param {() => void} act
 */
export function onStarterGone(act) {
  if (!process.env.npm_lifecycle_event) return;
  const starter = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === starter) return;
    clearInterval(watch);
    act();
  }, 200);
  watch.unref();
}
