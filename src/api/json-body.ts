import type { Fault, Problem } from "./failures.ts";
import { holdsKey, withoutKeys } from "./secret-pattern.ts";

const depthMax = 32;

export type ReadBody =
  | { readonly ok: true; readonly value: unknown; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly problem: Problem };

/** No body, which is `{}` where nothing is required. */
export const emptyBody: ReadBody = { ok: true, value: {}, bytes: new TextEncoder().encode("{}") };

const refused = (problem: Problem): ReadBody => ({ ok: false, problem });
const invalid = (fault: Fault): ReadBody => refused({ code: "invalid_request", errors: [fault] });

/** RFC 6901 as a URI fragment. */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  `#${path.map((part) => `/${encodeURIComponent(pointerPart(part))}`).join("")}`;

const pointerPart = (part: PropertyKey): string =>
  withoutKeys(String(part).toWellFormed()).slice(0, 128).replaceAll("~", "~0").replaceAll("/", "~1");

const isJsonType = (contentType: string, accepted: readonly string[]): boolean => {
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim().toLowerCase());
  return accepted.includes(type) && parameters.every((parameter) => /^charset="?utf-8"?$/.test(parameter));
};

/** Reads no further than the limit, whatever length the client claims. */
const readBytes = async (body: ReadableStream<Uint8Array>, bytesMax: number): Promise<Uint8Array | undefined> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > bytesMax) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
};

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
const findFault = (value: unknown): Fault | undefined => {
  const waiting: Node[] = [{ value, path: [] }];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const fault = faultOf(node);
    if (fault) return fault;
    const { value: parent, path } = node;
    if (typeof parent !== "object" || parent === null) continue;
    for (const name of Object.keys(parent)) {
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
export const readJsonBody = async (
  request: Request,
  { bytesMax, types }: { readonly bytesMax: number; readonly types: readonly string[] },
): Promise<ReadBody> => {
  const claimed = Number(request.headers.get("Content-Length") ?? 0);
  if (request.body === null || (request.headers.has("Content-Length") && claimed === 0)) return emptyBody;
  if (!["", "identity"].includes(request.headers.get("Content-Encoding") ?? "")) {
    return refused({ code: "unsupported_media_type", detail: "Send the body without Content-Encoding." });
  }
  const contentType = request.headers.get("Content-Type") ?? "";
  if (!isJsonType(contentType, types)) {
    const bytes = contentType === "" && !(claimed > 0) ? await readBytes(request.body, 0) : undefined;
    return bytes ? emptyBody : refused({ code: "unsupported_media_type" });
  }
  if (claimed > bytesMax) return refused({ code: "payload_too_large" });
  const bytes = await readBytes(request.body, bytesMax);
  if (!bytes) return refused({ code: "payload_too_large" });
  return bytes.length === 0 ? emptyBody : parse(bytes);
};
