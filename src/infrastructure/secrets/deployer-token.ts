import { isEqual, sha256 } from "../crypto/primitives.ts";

/** A recovery token may be tried for as long as it is deployed, so a short one counts as none. */
const charactersMin = { SETUP_TOKEN: 1, RECOVERY_TOKEN: 32 } as const;

/** Compares digests, so that neither content nor length of the token shows in the time it takes. */
export const judgeDeployerToken = (
  name: keyof typeof charactersMin,
  configured: string | undefined,
  given: string,
): "right" | "wrong" | "none configured" => {
  const token = configured?.trim() ?? "";
  if (token.length < charactersMin[name]) return "none configured";
  return isEqual(sha256(token), sha256(given)) ? "right" : "wrong";
};
