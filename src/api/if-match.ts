import type { Conditional } from "../core/precondition.ts";
import type { Problem } from "./failures.ts";

const tag = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const entityTags = new RegExp(tag, "g");
const listOfTags = new RegExp(`^${tag}(?:[ \\t]*,[ \\t]*${tag})*$`);
const ofVersion = /^"([1-9][0-9]{0,14})"$/;
const lengthMax = 1024;

/** The versions an If-Match header allows. A weak tag, or one that is none of ours, is well formed and matches nothing. */
export const conditionOf = (headers: Headers): Conditional | Problem => {
  const given = headers.get("If-Match")?.trim();
  if (given === undefined) return {};
  if (given === "*") return { ifExists: true };
  if (given.length > lengthMax || !listOfTags.test(given)) {
    const detail = 'must be `*` or a list of entity tags like `"3"`';
    return { code: "invalid_request", errors: [{ header: "If-Match", code: "invalid", detail }] };
  }
  const tags = given.match(entityTags) ?? [];
  return { ifVersions: tags.flatMap((tag) => ofVersion.exec(tag)?.slice(1).map(Number) ?? []) };
};
