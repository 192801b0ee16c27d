import * as z from "zod/mini";
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

const linkOf = (url: URL, cursor: string): string => {
  const parameters = new URLSearchParams(url.search);
  parameters.set("cursor", cursor);
  return `<${url.pathname}?${parameters}>; rel="next"`;
};

/** A page of a list; only `nextCursor` null ends it. */
export const pageAnswer = (url: URL, items: readonly object[], nextCursor: string | null): Response =>
  json(200, { items, nextCursor }, nextCursor === null ? {} : { Link: linkOf(url, nextCursor) });
