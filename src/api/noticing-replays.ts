import type { KeyManager } from "../core/use-cases.ts";

/** The same manager, and whether an answer it gave was one it had given before. */
export const noticingReplays = (manager: KeyManager) => {
  let replayed = false;
  const execute: KeyManager["execute"] = async (command, caller) => {
    const answer = await manager.execute(command, caller);
    if (answer.ok && answer.replayed) replayed = true;
    return answer;
  };
  return { manager: { execute }, wasReplayed: () => replayed };
};
