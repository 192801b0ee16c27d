import type { StoredEvent } from "../stored-event.ts";
import { holdsUnconstrained, maySee } from "./decide.ts";
import type { Grant } from "./permissions.ts";

/**
 * Whom a constraint narrows sees what happened to the keys within it, and nothing else. Of a tampered record not even
 * the owner can be believed, so a report of one is for callers whom nothing narrows.
 */
export const isEventVisible = (grants: readonly Grant[], { type, subject }: StoredEvent): boolean => {
  if (holdsUnconstrained(grants, "events:read")) return true;
  const { kind, owner, prefix } = subject;
  if (kind !== "key" || type === "key.tampered" || owner === null || prefix === null) return false;
  return maySee(grants, "events:read", { owner, prefix });
};
