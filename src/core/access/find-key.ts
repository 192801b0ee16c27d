import type { StoredApiKey } from "../api-key/api-key.ts";
import type { ApiKeys } from "../ports.ts";
import { type Conditional, isMet } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";
import { mayGrant } from "./decide.ts";
import type { Grant, Permission } from "./permissions.ts";
import { isVisible } from "./visibility.ts";

interface OnKey extends Conditional {
  readonly id: string;
}

const findVisible = (apiKeys: ApiKeys, grants: readonly Grant[], permission: Permission, id: string) => {
  const stored = apiKeys.find(id);
  return stored && isVisible(grants, permission, stored)
    ? succeed<StoredApiKey>(stored)
    : refuse({ code: "key_not_found", id });
};

const versionMismatch = (version: number) => refuse({ code: "version_mismatch", version });

/** A key the caller may act on, in the version it is meant in; a key of anybody else does not exist. */
export const findKey = (apiKeys: ApiKeys, grants: readonly Grant[], permission: Permission, command: OnKey) => {
  const found = findVisible(apiKeys, grants, permission, command.id);
  if (!found.ok) return found;
  const { version } = found.value.key;
  return isMet(command, version) ? found : versionMismatch(version);
};

/** A key as it was signed: of a tampered one only a revocation or a deletion can be right. */
export const findGenuineKey = (apiKeys: ApiKeys, grants: readonly Grant[], permission: Permission, command: OnKey) => {
  const found = findKey(apiKeys, grants, permission, command);
  return found.ok && found.value.tampered ? refuse({ code: "tampered", id: command.id }) : found;
};

/**
 * For acts that hand out or revive what the key may do: one role of the caller must itself allow that. Told before
 * anything about the state of the key.
 */
export const findKeyToGrant = (apiKeys: ApiKeys, grants: readonly Grant[], permission: Permission, command: OnKey) => {
  const found = findVisible(apiKeys, grants, permission, command.id);
  if (!found.ok) return found;
  const { key, tampered } = found.value;
  if (!mayGrant(grants, permission, key, key.scopes)) return refuse({ code: "exceeds_grantor" });
  if (!isMet(command, key.version)) return versionMismatch(key.version);
  return tampered ? refuse({ code: "tampered", id: command.id }) : found;
};
