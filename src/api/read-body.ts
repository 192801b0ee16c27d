import type { Problem } from "./failures.ts";

export type ReadBody =
  | { readonly ok: true; readonly value: unknown; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly problem: Problem };

/** No body, which is `{}` where nothing is required. */
export const emptyBody: ReadBody = { ok: true, value: {}, bytes: new TextEncoder().encode("{}") };

const refused = (problem: Problem): ReadBody => ({ ok: false, problem });

const isOneOf = (contentType: string, accepted: readonly string[]): boolean => {
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

interface Kind {
  readonly bytesMax: number;
  readonly types: readonly string[];
  readonly parse: (bytes: Uint8Array) => ReadBody;
  /** What to send, where it is not JSON. */
  readonly wanted?: string;
}

const wrongType = (wanted: string | undefined): ReadBody =>
  refused({ code: "unsupported_media_type", ...(wanted === undefined ? {} : { detail: wanted }) });

/** A body of one kind. None at all is like one without members: the schema says what is required. */
export const readBody = async (request: Request, { bytesMax, types, parse, wanted }: Kind): Promise<ReadBody> => {
  const claimed = Number(request.headers.get("Content-Length") ?? 0);
  if (request.body === null || (request.headers.has("Content-Length") && claimed === 0)) return emptyBody;
  if (!["", "identity"].includes(request.headers.get("Content-Encoding") ?? "")) {
    return refused({ code: "unsupported_media_type", detail: "Send the body without Content-Encoding." });
  }
  const contentType = request.headers.get("Content-Type") ?? "";
  if (!isOneOf(contentType, types)) {
    const bytes = contentType === "" && !(claimed > 0) ? await readBytes(request.body, 0) : undefined;
    return bytes ? emptyBody : wrongType(wanted);
  }
  if (claimed > bytesMax) return refused({ code: "payload_too_large" });
  const bytes = await readBytes(request.body, bytesMax);
  if (!bytes) return refused({ code: "payload_too_large" });
  return bytes.length === 0 ? emptyBody : parse(bytes);
};
