import type { Fault } from "./failures.ts";
import { type ReadBody, readBody } from "./read-body.ts";
import { holdsKey, withoutKeys } from "./secret-pattern.ts";

const depthMax = 32;
/** No route takes nearly so many; each that is looked at costs time. */
const valuesMax = 10_000;

const invalid = (fault: Fault): ReadBody => ({ ok: false, problem: { code: "invalid_request", errors: [fault] } });

/** RFC 6901 as a URI fragment. */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  `#${path.map((part) => `/${encodeURIComponent(pointerPart(part))}`).join("")}`;

const pointerPart = (part: PropertyKey): string =>
  withoutKeys(String(part).toWellFormed()).slice(0, 128).replaceAll("~", "~0").replaceAll("/", "~1");

const textFault = (text: string): string | undefined => {
  if (holdsKey(text)) return "holds something shaped like a whole key, which would be stored as it is";
  if (!text.isWellFormed()) return "holds half of a surrogate pair, which is no character";
  return text.includes("\0") ? "holds a null character" : undefined;
};

interface Node {
  readonly value: unknown;
  readonly path: readonly PropertyKey[];
}

const faultOf = ({ value, path }: Node): Fault | undefined => {
  const fault = (code: string, detail: string): Fault => ({ pointer: pointerOf(path), code, detail });
  if (path.length > depthMax) return fault("too_deep", `JSON may be nested ${depthMax} deep at most`);
  const name = path.at(-1);
  if (name === "__proto__") return fault("not_allowed", "a member may not be called __proto__");
  const inName = typeof name === "string" ? textFault(name) : undefined;
  if (inName) return fault("not_allowed", `the name of this member ${inName}`);
  if (typeof value === "number" && !Number.isFinite(value)) return fault("not_allowed", "is too great a number");
  const isKeyToJudge = path.length === 1 && name === "key";
  const inValue = typeof value === "string" && !isKeyToJudge ? textFault(value) : undefined;
  return inValue ? fault("not_allowed", inValue) : undefined;
};

/** The first thing in it that no member of any request may hold. Walks without recursion: depth is the client's choice. */
export const findFault = (value: unknown): Fault | undefined => {
  const waiting: Node[] = [{ value, path: [] }];
  let seen = 0;
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const fault = faultOf(node);
    if (fault) return fault;
    const { value: parent, path } = node;
    if (typeof parent !== "object" || parent === null) continue;
    const names = Object.keys(parent);
    seen += names.length;
    if (seen > valuesMax) {
      return { pointer: "#", code: "too_many", detail: `the body may hold ${valuesMax} values at most` };
    }
    for (const name of names) {
      const member = Array.isArray(parent) ? Number(name) : name;
      waiting.push({ value: (parent as Record<string, unknown>)[name], path: [...path, member] });
    }
  }
  return undefined;
};

const parse = (bytes: Uint8Array): ReadBody => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return invalid({ pointer: "#", code: "not_json", detail: "the body is not JSON in UTF-8" });
  }
  const fault = findFault(value);
  return fault ? invalid(fault) : { ok: true, value, bytes };
};

/** The body as JSON; no body at all is `{}`, and lets the schema say what is required. */
export const readJsonBody = (request: Request, types: readonly string[], bytesMax: number): Promise<ReadBody> =>
  readBody(request, { bytesMax, types, parse });
