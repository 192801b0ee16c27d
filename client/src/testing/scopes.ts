/** An inner `*` of a grant is exactly one segment, a trailing one is one or more. */
export const covers = (grant: string, scope: string): boolean => {
  const granted = grant.split(":");
  const asked = scope.split(":");
  const isOpen = granted.at(-1) === "*";
  if (isOpen ? asked.length < granted.length : asked.length !== granted.length) return false;
  return granted.every((part, index) => part === "*" || part === asked[index]);
};

export const missingOf = (grants: readonly string[], needed: readonly string[]): string[] =>
  needed.filter((scope) => !grants.some((grant) => covers(grant, scope)));

/** `*` is any run of characters. */
export const matchesAny = (globs: readonly string[], text: string): boolean =>
  globs.some((glob) => {
    const pieces = glob.split("*").map((piece) => piece.replace(/[.|+?^$(){}[\]\\]/g, "\\$&"));
    return new RegExp(`^${pieces.join(".*")}$`, "s").test(text);
  });
