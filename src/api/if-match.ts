import type { Conditional } from "../core/precondition.ts";
import type { Problem } from "./failures.ts";

const entityTags = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;
const ofVersion = /^"([1-9][0-9]{0,14})"$/;
const lengthMax = 1024;

/** The versions an If-Match header allows. A weak tag, or one that is none of ours, is well formed and matches nothing. */
export const conditionOf = (headers: Headers): Conditional | Problem => {
  const given = headers.get("If-Match")?.trim();
  if (given === undefined) return {};
  if (given === "*") return { ifExists: true };
  const tags = given.length > lengthMax ? [] : (given.match(entityTags) ?? []);
  const between = given.replace(entityTags, "").replace(/[ \t]/g, "");
  if (tags.length === 0 || between !== ",".repeat(tags.length - 1)) {
    const detail = 'must be `*` or a list of entity tags like `"3"`';
    return { code: "invalid_request", errors: [{ header: "If-Match", code: "invalid", detail }] };
  }
  return { ifVersions: tags.flatMap((tag) => ofVersion.exec(tag)?.slice(1).map(Number) ?? []) };
};
