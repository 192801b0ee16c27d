import * as z from "zod/mini";
import type { Grant, Permission } from "../../core/access/permissions.ts";
import { json } from "../responses.ts";
import { text } from "../schema.ts";

export const limitDefault = 50;
const limitMax = 200;
const limitText = `a whole number from 1 to ${limitMax}`;

export const limitValue = z.pipe(
  text((value) => /^[1-9][0-9]{0,2}$/.test(value) && Number(value) <= limitMax, limitText, {
    type: "integer",
    description: "How many entries a page holds at most.",
    minimum: 1,
    maximum: limitMax,
    default: limitDefault,
  }),
  z.transform(Number),
);

export const cursorValue = z
  .string()
  .check(z.describe("`nextCursor` of the page before. The other parameters but `limit` must be the same."));

/** In a form that is the same however the values were given. */
export const unique = <Value>(values: readonly Value[] = []): Value[] => [...new Set(values)].toSorted();

/** The constraints a list was narrowed by, in a form that is the same for the same rights. */
export const constraintsOf = (grants: readonly Grant[], permission: Permission): string => {
  const constraints = grants
    .filter(({ permissions }) => permissions.includes(permission))
    .map(({ constraint }) =>
      JSON.stringify(constraint && [unique(constraint.owners), unique(constraint.prefixes), unique(constraint.scopes)]),
    );
  return JSON.stringify(unique(constraints));
};

export const linkOf = (url: URL, cursor: string): string => {
  const parameters = new URLSearchParams(url.search);
  parameters.set("cursor", cursor);
  return `<${url.pathname}?${parameters}>; rel="next"`;
};

/** A page of a list; only `nextCursor` null ends it. */
export const pageAnswer = (url: URL, items: readonly object[], nextCursor: string | null): Response =>
  json(200, { items, nextCursor }, nextCursor === null ? {} : { Link: linkOf(url, nextCursor) });
