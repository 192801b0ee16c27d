import type { Status } from "../../src/core/api-key/lifecycle.ts";
import { type ModelKey, statusOf } from "./key.ts";

/** The filters of a list; what is not there does not narrow. Keys are named by their number, as in the steps. */
export interface Filters {
  readonly owner?: readonly string[];
  readonly status?: readonly Status[];
  readonly prefix?: readonly string[];
  readonly scope?: readonly string[];
  readonly words?: string;
}

export interface Search extends Filters {
  readonly lineage?: string;
  readonly id?: string;
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");

const allows = <Value>(accepted: readonly Value[] | undefined, value: Value): boolean =>
  accepted === undefined || accepted.length === 0 || accepted.includes(value);

const holdsOneOf = (scopes: readonly string[] | undefined, key: ModelKey): boolean =>
  scopes === undefined || scopes.length === 0 || scopes.some((scope) => key.scopes.includes(scope));

const isNamedBy = (words: string, key: ModelKey): boolean => {
  const own = wordsOf(`${key.name} ${key.owner}`);
  return wordsOf(words).every((word) => own.some((candidate) => candidate.startsWith(word)));
};

export const matches = (search: Search, key: ModelKey, now: number): boolean =>
  allows(search.owner, key.owner) &&
  allows(search.status, statusOf(key, now)) &&
  allows(search.prefix, key.prefix) &&
  holdsOneOf(search.scope, key) &&
  (search.words === undefined || isNamedBy(search.words, key)) &&
  (search.lineage === undefined || key.lineage === search.lineage) &&
  (search.id === undefined || key.id === search.id);

export const queryOf = ({ lineage, id, words, ...repeated }: Search, limit: number): URLSearchParams => {
  const query = new URLSearchParams({ limit: String(limit) });
  for (const [name, values] of Object.entries(repeated)) for (const value of values) query.append(name, value);
  if (lineage !== undefined) query.set("lineage", lineage);
  const text = id ?? words;
  if (text !== undefined) query.set("q", text);
  return query;
};
