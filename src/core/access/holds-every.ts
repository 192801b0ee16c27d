import { covers } from "../api-key/scopes.ts";
import { matchesGlob } from "./glob.ts";
import type { Constraint, Grant, Permission } from "./permissions.ts";

type Covers = (wide: string, narrow: string) => boolean;

/** Each narrow entry lies within one of the wide ones; no wide list at all is everything. */
const allCovered = (
  wide: readonly string[] | undefined,
  narrow: readonly string[] | undefined,
  isCovered: Covers,
): boolean =>
  wide === undefined ||
  (narrow?.every((narrowEntry) => wide.some((wideEntry) => isCovered(wideEntry, narrowEntry))) ?? false);

/**
 * A glob lies within another when it matches it as a text: its own `*` can only be taken in by a `*`, which then takes in
 * whatever stands there instead.
 */
const isWithin = (wide: Constraint | null, narrow: Constraint | null): boolean =>
  wide === null ||
  (narrow !== null &&
    allCovered(wide.owners, narrow.owners, matchesGlob) &&
    allCovered(wide.prefixes, narrow.prefixes, matchesGlob) &&
    allCovered(wide.scopes, narrow.scopes, covers));

const holdsRight = (grants: readonly Grant[], permission: Permission, constraint: Constraint | null): boolean =>
  grants.some((grant) => grant.permissions.includes(permission) && isWithin(grant.constraint, constraint));

/** Whoever holds `grants` could do whatever `wanted` allows: each right within one single role of his, as unconstrained. */
export const holdsEvery = (grants: readonly Grant[], wanted: readonly Grant[]): boolean =>
  wanted.every(({ permissions, constraint }) =>
    permissions.every((permission) => holdsRight(grants, permission, constraint)),
  );
