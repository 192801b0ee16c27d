const segment = /^[a-z0-9_.-]+$/;

/** What a check may ask for: segments joined by `:`, no wildcard. */
export const isNeededScope = (scope: string): boolean =>
  scope.length <= 128 && scope.split(":").every((part) => segment.test(part));

/** What a key may hold: a whole segment may also be `*`. */
export const isGrantedScope = (scope: string): boolean =>
  scope.length <= 128 && scope.split(":").every((part) => part === "*" || segment.test(part));

/**
 * Whether everything the narrow grant allows is allowed by the wide one. An inner `*` stands for exactly one segment, a
 * trailing one for one or more; a needed scope is a grant without wildcards.
 * Example: `orders:*` covers `orders:read`, `orders:read:all` and `orders:*:all`, but not `orders`.
 */
export const covers = (wide: string, narrow: string): boolean => {
  const wideSegments = wide.split(":");
  const narrowSegments = narrow.split(":");
  for (const [index, part] of wideSegments.entries()) {
    const asked = narrowSegments[index];
    if (asked === undefined) return false;
    if (part === "*" && index === wideSegments.length - 1) return true;
    if (part !== "*" && part !== asked) return false;
  }
  return wideSegments.length === narrowSegments.length;
};

export const missingScopes = (granted: readonly string[], needed: readonly string[]): string[] =>
  needed.filter((scope) => !granted.some((grant) => covers(grant, scope)));
