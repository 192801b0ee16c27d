import { type ReadBody, readBody } from "./read-body.ts";

const types = ["application/x-www-form-urlencoded"];
const wanted = "Send the body as a form, with `Content-Type: application/x-www-form-urlencoded`.";

/** A field that is given several times stays a list; one without a value counts as not sent (RFC 6749, section 3.2). */
const parse = (bytes: Uint8Array): ReadBody => {
  const fields = Map.groupBy(new URLSearchParams(new TextDecoder().decode(bytes)), ([name]) => name);
  const value: Record<string, string | string[]> = Object.create(null);
  for (const [name, pairs] of fields) {
    const [first = "", ...others] = pairs.map(([, given]) => given);
    if (others.length > 0) value[name] = [first, ...others];
    else if (first !== "") value[name] = first;
  }
  return { ok: true, value: { ...value }, bytes };
};

export const readFormBody = (request: Request, bytesMax: number): Promise<ReadBody> =>
  readBody(request, { bytesMax, types, parse, wanted });
