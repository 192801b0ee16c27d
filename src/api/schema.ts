import * as z from "zod/mini";
import type { Fault } from "./failures.ts";
import { pointerOf } from "./json-body.ts";
import { withoutKeys } from "./secret-pattern.ts";

z.config({ jitless: true });

type Schema<Value> = z.ZodMiniType<Value>;

export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly errors: readonly Fault[] };

const errorsMax = 20;

/** What the document of the API says of a value beside what its schema says by itself: words of JSON Schema. */
export type Told = Readonly<Record<string, unknown>>;

/**
 * A string that a rule of the model accepts; `expected` completes the sentence "must be ...". The rule is code, so what
 * the document says of it (`pattern`, `maxLength`, ...) is told beside it.
 */
export const text = (accepts: (value: string) => boolean, expected: string, told: Told = {}) =>
  z
    .string(`must be ${expected}`)
    .check(z.refine(accepts, `must be ${expected}`), z.meta({ description: sentence(expected), ...told }));

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** `usual` is what an absent one means. */
export const truth = (usual?: boolean) =>
  z.boolean("must be true or false").check(z.meta(usual === undefined ? {} : { default: usual }));

export const listOf = <Item>(item: Schema<Item>, itemsMax: number) =>
  z.array(item, "must be a list").check(z.maxLength(itemsMax, `may hold ${itemsMax} entries at most`));

type Issue = z.core.$ZodIssue;

const isMissing = (issue: Issue): boolean => issue.code === "invalid_type" && issue.input === undefined;

const detailOf = (issue: Issue): string => {
  if (isMissing(issue)) return "is required";
  return issue.message;
};

const codeOf = (issue: Issue): string => {
  if (isMissing(issue)) return "required";
  return issue.code === "unrecognized_keys"
    ? "unknown_member"
    : issue.code === "invalid_type"
      ? "wrong_type"
      : "invalid";
};

type Place = (path: readonly PropertyKey[]) => Pick<Fault, "pointer" | "parameter">;

const faultsOf = (issue: Issue, place: Place): Fault[] => {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      ...place([...issue.path, key]),
      code: codeOf(issue),
      detail: "is not known here; check its spelling",
    }));
  }
  return [{ ...place(issue.path), code: codeOf(issue), detail: detailOf(issue) }];
};

const check = <Value>(schema: Schema<Value>, input: unknown, place: Place): Checked<Value> => {
  const parsed = z.safeParse(schema, input, { reportInput: true });
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    errors: parsed.error.issues
      .slice(0, errorsMax)
      .flatMap((issue) => faultsOf(issue, place))
      .slice(0, errorsMax),
  };
};

export const checkBody = <Value>(schema: Schema<Value>, body: unknown): Checked<Value> =>
  check(schema, body, (path) => ({ pointer: pointerOf(path) }));

/** More names than any route knows: none of them is looked at. */
const parametersMax = 100;
const tooMany: Fault = {
  parameter: "",
  code: "too_many",
  detail: `a query may have ${parametersMax} parameters at most`,
};

/** Parameters arrive as lists: one that may be repeated stays a list, any other may be given once. */
export const checkQuery = <Value>(
  schema: Schema<Value>,
  parameters: URLSearchParams,
  repeatable: readonly string[],
): Checked<Value> => {
  const given = Map.groupBy(parameters, ([name]) => name);
  if (given.size > parametersMax) return { ok: false, errors: [tooMany] };
  const input: Record<string, string | string[]> = Object.create(null);
  const errors: Fault[] = [];
  for (const [name, pairs] of given) {
    const values = pairs.map(([, value]) => value);
    const parameter = parameterName(name);
    if (repeatable.includes(name)) input[name] = values;
    else if (values.length === 1) input[name] = values[0] ?? "";
    else errors.push({ parameter, code: "repeated", detail: "may be given once" });
    if (values.some((value) => !value.isWellFormed() || value.includes("\0") || value.includes("\ufffd"))) {
      errors.push({ parameter, code: "invalid", detail: "holds characters that are not text" });
    }
  }
  if (errors.length > 0) return { ok: false, errors: errors.slice(0, errorsMax) };
  return check(schema, { ...input }, (path) => ({ parameter: parameterName(String(path[0] ?? "")) }));
};

const parameterName = (name: string): string => withoutKeys(name.toWellFormed()).slice(0, 128);
