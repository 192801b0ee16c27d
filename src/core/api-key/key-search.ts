import type { ApiKey } from "./api-key.ts";
import { type Status, statusOf } from "./lifecycle.ts";

/** What a list is narrowed to. Every list of values means "any of these"; an empty one does not narrow. */
export interface KeySearch {
  readonly ids: readonly string[];
  readonly owners: readonly string[];
  readonly statuses: readonly Status[];
  readonly prefixes: readonly string[];
  readonly scopes: readonly string[];
  readonly lineages: readonly string[];
  /** Each of these begins a word of the name or of the owner. */
  readonly words: readonly string[];
}

/** Narrowed to nothing in particular. */
export const anyKey: KeySearch = {
  ids: [],
  owners: [],
  statuses: [],
  prefixes: [],
  scopes: [],
  lineages: [],
  words: [],
};

const combiningMark = /\p{M}/gu;
const notInAWord = /[^\p{L}\p{N}]+/u;

/**
 * The words of a text as searching sees them: without accents, cut at everything that is no letter or digit, and in a
 * lower case that is the same for all forms of a letter (`ß`, `ẞ` and `SS`, both small sigmas).
 */
export const wordsOf = (text: string): string[] =>
  text
    .normalize("NFKD")
    .replace(combiningMark, "")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll("ς", "σ")
    .split(notInAWord)
    .filter((word) => word !== "");

/** The words a key is found by. */
export const searchWordsOf = ({ name, owner }: Pick<ApiKey, "name" | "owner">): string[] => [
  ...wordsOf(name),
  ...wordsOf(owner),
];

const allows = <Value>(accepted: readonly Value[], value: Value): boolean =>
  accepted.length === 0 || accepted.includes(value);

const isFoundByWords = (words: readonly string[], key: ApiKey): boolean => {
  if (words.length === 0) return true;
  const own = searchWordsOf(key);
  return words.every((word) => own.some((candidate) => candidate.startsWith(word)));
};

export const matchesSearch = (search: KeySearch, key: ApiKey, now: number): boolean =>
  allows(search.ids, key.id) &&
  allows(search.owners, key.owner) &&
  allows(search.prefixes, key.prefix) &&
  allows(search.lineages, key.lineage) &&
  allows(search.statuses, statusOf(key, now)) &&
  (search.scopes.length === 0 || search.scopes.some((scope) => key.scopes.includes(scope))) &&
  isFoundByWords(search.words, key);
