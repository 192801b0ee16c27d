import type { StoredEvent } from "../stored-event.ts";
import { holdsUnconstrained, maySee } from "./decide.ts";
import type { Grant } from "./permissions.ts";

/** The owner a key had before the event, where that is what changed. */
const ownerBefore = ({ changes }: StoredEvent): string | null => {
  const from = changes !== null && Object.hasOwn(changes, "owner") ? changes.owner?.from : null;
  return typeof from === "string" ? from : null;
};

/**
 * Whom a constraint narrows sees what happened to the keys within it, and nothing else: of a key that changed hands one
 * single role must allow both, because the event tells what the key was. Of a tampered record not even the owner can be
 * believed, so a report of one is for callers whom nothing narrows.
 */
export const isEventVisible = (grants: readonly Grant[], event: StoredEvent): boolean => {
  if (holdsUnconstrained(grants, "events:read")) return true;
  const { kind, owner, prefix } = event.subject;
  if (kind !== "key" || event.type === "key.tampered" || owner === null || prefix === null) return false;
  const owners = [owner, ownerBefore(event) ?? owner];
  return grants.some((grant) => owners.every((one) => maySee([grant], "events:read", { owner: one, prefix })));
};
