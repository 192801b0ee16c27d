import type { StoredApiKey } from "../api-key/api-key.ts";
import { holdsUnconstrained, maySee } from "./decide.ts";
import type { Grant, Permission } from "./permissions.ts";

/**
 * Whether a key exists for a caller. Of a tampered record not even the owner can be believed, so only a caller whom no
 * constraint narrows sees it.
 */
export const isVisible = (
  grants: readonly Grant[],
  permission: Permission,
  { key, tampered }: StoredApiKey,
): boolean => (tampered ? holdsUnconstrained(grants, permission) : maySee(grants, permission, key));
