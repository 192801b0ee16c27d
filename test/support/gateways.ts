import type { Answer, Manager, RequestOptions } from "./manager.ts";

// biome-ignore lint/suspicious/noExplicitAny: a test says which body it expects, and fails where it is another.
type AnyAnswer = Answer<any>;

/** The key of an admin who may validate, and nothing else. */
export const validatorKey = async (manager: Manager): Promise<string> =>
  (await manager.createAdmin({ name: "A gateway", roles: ["validator"] })).key;

export const formOf = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString();

/** A form by its fields, or as it is. */
export const introspect = (
  manager: Manager,
  form: string | Readonly<Record<string, string>>,
  { headers, ...options }: RequestOptions = {},
): Promise<AnyAnswer> =>
  manager.request("/v1/introspect", {
    method: "POST",
    body: typeof form === "string" ? form : formOf(form),
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
    ...options,
  });
