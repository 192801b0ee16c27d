const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // What JSON.parse throws quotes the text.
    return undefined;
  }
};

const isText = (value: unknown): value is string => typeof value === "string";

/**
 * The texts of a whole ring, the primary first, or what is wrong with the document that holds them. No word of it is
 * repeated, the name of a member neither: any of them may be a secret in the wrong place.
 */
export const readRingDocument = (text: string): readonly string[] | string => {
  const document = parsed(text);
  if (typeof document !== "object" || document === null) return "is not valid JSON";
  const { primary, fallbacks = [], ...others } = document as Readonly<Record<string, unknown>>;
  if (Object.keys(others).length > 0) return "may have the members `primary` and `fallbacks` and no other";
  if (!isText(primary)) return "must have a text as `primary`";
  if (!Array.isArray(fallbacks) || !fallbacks.every(isText)) return "must have a list of texts as `fallbacks`, or none";
  return [primary, ...fallbacks];
};
