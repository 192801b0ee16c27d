/** Without what npm and vitest have put there for this test run. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|NODE_|(TEST|DEV|PROD|MODE|STATE_DIR)$)/.test(name),
  );
  const path = (process.env.PATH ?? "").split(":").filter((folder) => !folder.includes("node_modules"));
  return { ...Object.fromEntries(entries), PATH: path.join(":"), npm_config_update_notifier: "false" };
}
