/** Whether a glob matches, by dynamic programming: which ends of the text each beginning of the glob can reach. */
export const matchesByTable = (glob: string, text: string): boolean => {
  let reachable = Array.from({ length: text.length + 1 }, (_, length) => length === 0);
  for (const character of glob) {
    const first = reachable.indexOf(true);
    reachable = reachable.map((_, length) =>
      character === "*"
        ? first >= 0 && length >= first
        : length > 0 && reachable[length - 1] === true && text[length - 1] === character,
    );
  }
  return reachable.at(-1) === true;
};
