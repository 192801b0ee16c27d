const usualHeaders = ["Authorization", "X-API-Key"];

export type Credential = { readonly key: string } | "none" | "several";

const isAuthorization = (name: string): boolean => name.toLowerCase() === "authorization";

const valueIn = (headers: Headers, name: string): string => {
  const value = headers.get(name)?.trim() ?? "";
  if (!isAuthorization(name)) return value;
  return /^Bearer[ \t]+(\S.*)$/i.exec(value)?.[1] ?? "";
};

/** The one key of the headers. No key holds a comma, so one joins several. */
export const credentialOf = (headers: Headers, names: readonly string[] = usualHeaders): Credential => {
  const given = new Set(names.map((name) => valueIn(headers, name)).filter((value) => value !== ""));
  const [key] = given;
  if (key === undefined) return "none";
  return given.size > 1 || key.includes(",") ? "several" : { key };
};

/** Other headers in which the client sent the same key. */
const namesOfHolders = (headers: Headers, key: string): string[] =>
  [...headers].filter(([, value]) => value.includes(key)).map(([name]) => name);

/** A router may hand on a proxy of the request, which cannot be copied as it is: then its members are. */
const copyOf = (request: Request, headers: Headers): Request => {
  try {
    return new Request(request, { headers });
  } catch {
    return new Request(new Request(request.url, request), { headers });
  }
};

/** Members with a name of their own: those under symbols are the runtime's, in some with the headers and the key in them. */
const writtenOn = (request: object): object =>
  Object.fromEntries(Object.entries(request).filter(([name]) => name !== "proxy"));

/** The same request without a key. What a router has written on it (its parameters, say) stays there. */
export const withoutCredential = <Incoming extends Request>(
  request: Incoming,
  names: readonly string[] = usualHeaders,
): Incoming => {
  const headers = new Headers(request.headers);
  const found = credentialOf(headers, names);
  for (const name of names) {
    if (!isAuthorization(name) || valueIn(headers, name) !== "") headers.delete(name);
  }
  if (typeof found === "object") for (const name of namesOfHolders(headers, found.key)) headers.delete(name);
  return Object.assign(copyOf(request, headers), writtenOn(request)) as Incoming;
};
