import * as z from "zod/mini";
import type { Constraint } from "../../core/access/permissions.ts";
import { grantedScopeValue } from "../routes/key-values.ts";
import { ownerGlob, prefixGlob } from "../routes/save-role.ts";
import type { Checked } from "../schema.ts";
import { checkBody, listOf, text } from "../schema.ts";

const entriesMax = 64;

const someOf = <Item>(item: z.ZodMiniType<Item>) =>
  listOf(item, entriesMax).check(z.minLength(1, "must name at least one; to leave it open, leave it out"));

const caller = z.optional(text((name) => /^[\x21-\x7e]{1,128}$/.test(name), "1 to 128 visible characters"));
const narrowing = { prefixes: z.optional(someOf(prefixGlob)), owners: z.optional(someOf(ownerGlob)) };

const validatorProps = z.strictObject({ caller, ...narrowing }, "must be an object");
const issuerProps = z.strictObject(
  {
    caller,
    roles: z.optional(listOf(z.string(), entriesMax)),
    scopes: z.optional(someOf(grantedScopeValue)),
    ...narrowing,
  },
  "must be an object",
);

export type ValidatorProps = z.infer<typeof validatorProps>;
export type IssuerProps = z.infer<typeof issuerProps>;

/** A binding without props has an empty object, or nothing at all. */
export const checkValidatorProps = (props: unknown): Checked<ValidatorProps> => checkBody(validatorProps, props ?? {});
export const checkIssuerProps = (props: unknown): Checked<IssuerProps> => checkBody(issuerProps, props ?? {});

/** What the props narrow to; null where they leave everything open. */
export const constraintOf = ({ owners, prefixes, scopes }: IssuerProps): Constraint | null => {
  const constraint = {
    ...(owners ? { owners } : {}),
    ...(prefixes ? { prefixes } : {}),
    ...(scopes ? { scopes } : {}),
  };
  return Object.keys(constraint).length === 0 ? null : constraint;
};

/** Every place that is wrong, in one sentence. */
export const detailOf = (errors: readonly { readonly pointer?: string; readonly detail: string }[]): string =>
  errors.map(({ pointer = "#", detail }) => `${pointer} ${detail}`).join("; ");

/** For whoever deploys the sibling: the props stand in its configuration. */
export const propsDetail = (errors: Parameters<typeof detailOf>[0]): string =>
  `The props of this binding are not valid: ${detailOf(errors)}. Mend \`props\` in the configuration of the Worker that calls, and deploy it again.`;
