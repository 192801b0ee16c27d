import type { Problem } from "../failures.ts";
import { findFault, pointerOf } from "../json-body.ts";

const bytesMax = 65_536;
const depthMax = 32;

export type PlainCall =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: Problem };

interface Node {
  readonly value: unknown;
  readonly path: readonly PropertyKey[];
}

const refused = (path: readonly PropertyKey[], detail: string): PlainCall => ({
  ok: false,
  problem: { code: "invalid_request", errors: [{ pointer: pointerOf(path), code: "not_allowed", detail }] },
});

const tooLarge: PlainCall = {
  ok: false,
  problem: { code: "payload_too_large", detail: "A call may take 64 KiB at most, as JSON." },
};

const isPlain = (value: object): boolean => {
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};

/** A member that is undefined is one that is not there; an entry of a list that is undefined is none of JSON. */
const isOfJson = (value: unknown, isMember: boolean): boolean => {
  if (value === undefined) return isMember;
  if (typeof value === "object") return value === null || isPlain(value);
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
};

/** The holes of a list are entries too. */
const nodesWithin = ({ value, path }: Node): Node[] => {
  const nodeOf = (name: PropertyKey, inner: unknown): Node => ({ value: inner, path: [...path, name] });
  if (Array.isArray(value)) return Array.from(value, (inner, index) => nodeOf(index, inner));
  return Object.entries(value ?? {}).map(([name, inner]) => nodeOf(name, inner));
};

/**
 * RPC carries more than JSON does: stubs, dates, lists with holes, objects that contain themselves. Answers the first
 * thing that is no JSON or is too much, and looks at no more nodes than 64 KiB of JSON can have.
 */
const findForeign = (given: object): PlainCall | undefined => {
  const waiting: Node[] = [{ value: given, path: [] }];
  let seen = 0;
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.path.length > depthMax) return refused(node.path, `may be nested ${depthMax} deep at most`);
    if (Array.isArray(node.value) && node.value.length > bytesMax) return tooLarge;
    const entries = nodesWithin(node);
    seen += entries.length;
    if (seen > bytesMax) return tooLarge;
    const isMember = !Array.isArray(node.value);
    const foreign = entries.find(({ value }) => !isOfJson(value, isMember));
    if (foreign) return refused(foreign.path, "is nothing that JSON can say");
    waiting.push(...entries.filter(({ value }) => typeof value === "object" && value !== null));
  }
  return undefined;
};

/** What came over RPC as the JSON it would be over HTTP, held to the same rules as the body of a request. */
export const plainCall = (given: unknown): PlainCall => {
  if (typeof given !== "object" || given === null || Array.isArray(given) || !isPlain(given)) {
    return refused([], "must be an object");
  }
  const foreign = findForeign(given);
  if (foreign) return foreign;
  const json = JSON.stringify(given);
  if (new TextEncoder().encode(json).length > bytesMax) return tooLarge;
  const value = JSON.parse(json);
  const fault = findFault(value);
  return fault ? { ok: false, problem: { code: "invalid_request", errors: [fault] } } : { ok: true, value };
};
