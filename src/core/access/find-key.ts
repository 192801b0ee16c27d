import type { StoredApiKey } from "../api-key/api-key.ts";
import type { ApiKeys } from "../ports.ts";
import { refuse, succeed } from "../result.ts";
import { mayGrant } from "./decide.ts";
import type { Grant, Permission } from "./permissions.ts";
import { isVisible } from "./visibility.ts";

/** A key the caller may act on; a key of anybody else does not exist. */
export const findKey = (apiKeys: ApiKeys, grants: readonly Grant[], permission: Permission, id: string) => {
  const stored = apiKeys.find(id);
  return stored && isVisible(grants, permission, stored)
    ? succeed<StoredApiKey>(stored)
    : refuse({ code: "key_not_found", id });
};

/** A key as it was signed: of a tampered one only a revocation or a deletion can be right. */
export const findGenuineKey = (apiKeys: ApiKeys, grants: readonly Grant[], permission: Permission, id: string) => {
  const found = findKey(apiKeys, grants, permission, id);
  return found.ok && found.value.tampered ? refuse({ code: "tampered", id }) : found;
};

/**
 * For acts that hand out or revive what the key may do: one role of the caller must itself allow that. Told before
 * anything about the state of the key.
 */
export const findKeyToGrant = (apiKeys: ApiKeys, grants: readonly Grant[], permission: Permission, id: string) => {
  const found = findKey(apiKeys, grants, permission, id);
  if (!found.ok) return found;
  const { key, tampered } = found.value;
  if (!mayGrant(grants, permission, key, key.scopes)) return refuse({ code: "exceeds_grantor" });
  return tampered ? refuse({ code: "tampered", id }) : found;
};
