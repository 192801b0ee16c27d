/** `*` is any run of characters, none included. Takes the leftmost match of each piece, so it is linear: no back-tracking. */
export const matchesGlob = (glob: string, text: string): boolean => {
  const [first = "", ...rest] = glob.split("*");
  if (rest.length === 0) return glob === text;
  if (!text.startsWith(first)) return false;

  const last = rest.pop() ?? "";
  let position = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, position);
    if (found < 0) return false;
    position = found + piece.length;
  }
  return text.length - last.length >= position && text.endsWith(last);
};

export const matchesAnyGlob = (globs: readonly string[], text: string): boolean =>
  globs.some((glob) => matchesGlob(glob, text));
