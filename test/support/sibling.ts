import type { CreatedKey, Manager } from "./manager.ts";

/** A binding as a sibling without types calls it. */
type Untyped = Readonly<
  // biome-ignore lint/suspicious/noExplicitAny: a test says which answer it expects, and fails where it is another.
  Record<"validate" | "create" | "list" | "get" | "rotate" | "revoke", (request?: unknown) => Promise<any>>
>;

export const untyped = (binding: unknown): Untyped => binding as Untyped;

/** A key that a sibling made: for this no admin is needed, and no set-up. */
export const issued = async (
  manager: Manager,
  fields: Readonly<Record<string, unknown>> = {},
  props: object = {},
): Promise<CreatedKey> => {
  const issuer = untyped(manager.issuer({ roles: ["issuer"], ...props }));
  const answer = await issuer.create({ name: "A key", owner: "acct_1", ...fields });
  if (!answer.ok) throw new Error(`create answered ${JSON.stringify(answer)}`);
  return answer.value;
};
