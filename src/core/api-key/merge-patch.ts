import type { Json, Metadata } from "./api-key.ts";

const isObject = (value: Json | undefined): value is Metadata =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** RFC 7396: members that are null go, objects are merged, anything else replaces. */
export const mergePatch = (target: Metadata, patch: Metadata): Metadata => {
  const merged = new Map(Object.entries(target));
  for (const [member, value] of Object.entries(patch)) {
    const present = merged.get(member);
    if (value === null) merged.delete(member);
    else merged.set(member, isObject(value) ? mergePatch(isObject(present) ? present : {}, value) : value);
  }
  return Object.fromEntries(merged);
};
