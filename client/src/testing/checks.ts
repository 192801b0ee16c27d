import type { Fault } from "../api-types.ts";

type Rule = (value: unknown) => boolean;
type Rules = Readonly<Record<string, { readonly rule: Rule; readonly isRequired?: boolean }>>;

const isText = (value: unknown): value is string => typeof value === "string";
const matching =
  (pattern: RegExp): Rule =>
  (value) =>
    isText(value) && pattern.test(value);
const listOf =
  (rule: Rule, entriesMax: number, entriesMin = 0): Rule =>
  (value) =>
    Array.isArray(value) && value.length >= entriesMin && value.length <= entriesMax && value.every(rule);
const whole =
  (least: number, most: number): Rule =>
  (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

const unsafeInNames = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const isPlainText = (longest: number, least: number): Rule => {
  return (value) =>
    isText(value) && !unsafeInNames.test(value) && [...value].length <= longest && value.trim().length >= least;
};

const isObject: Rule = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
const holdsNull = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).some((member) => (member === null && !Array.isArray(value)) || holdsNull(member));
const isMetadata: Rule = (value) =>
  isObject(value) &&
  depthOf(value) <= 5 &&
  !holdsNull(value) &&
  new TextEncoder().encode(JSON.stringify(value)).length <= 4096;

const isTime: Rule = (value) =>
  matching(/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/)(value) &&
  !Number.isNaN(Date.parse(String(value)));

const neededScope = matching(/^(?=.{1,128}$)[a-z0-9_.-]+(:[a-z0-9_.-]+)*$/);
const grantedScope = matching(/^(?=.{1,128}$)([a-z0-9_.-]+|\*)(:([a-z0-9_.-]+|\*))*$/);
const prefix = matching(/^(?!lk_admin$)[a-z][a-z0-9]{0,15}(_[a-z0-9]{1,16})?$/);
const owner = matching(/^[A-Za-z0-9][A-Za-z0-9._~:@/|+=-]{0,127}$/);
const truth: Rule = (value) => typeof value === "boolean";
const idempotencyKey = { rule: matching(/^[\x21-\x7e]{1,255}$/) };
const ifVersion = { rule: whole(1, Number.MAX_SAFE_INTEGER) };
const onOne = { id: { rule: isText, isRequired: true }, owner: { rule: isText } };
const either = (rule: Rule, least = 0): Rule => {
  return (value) => rule(value) || listOf(rule, 20, least)(value);
};

const prefixGlobs = { rule: listOf(matching(/^[a-z0-9_*]{1,64}$/), 64) };

export const validation: Rules = {
  key: { rule: () => true },
  scopes: { rule: listOf(neededScope, 64) },
  anyScope: { rule: listOf(neededScope, 64) },
  prefixes: prefixGlobs,
  ip: { rule: matching(/^[0-9A-Fa-f.:]{2,45}$/) },
};

const create: Rules = {
  name: { rule: isPlainText(128, 1), isRequired: true },
  owner: { rule: owner, isRequired: true },
  scopes: { rule: listOf(grantedScope, 64) },
  prefix: { rule: prefix },
  expiresAt: { rule: isTime },
  expiresInSeconds: { rule: whole(1, 315_360_000) },
  metadata: { rule: isMetadata },
  enabled: { rule: truth },
  recoverable: { rule: truth },
  idempotencyKey,
};

const list: Rules = {
  limit: { rule: (value) => /^[1-9]\d{0,2}$/.test(String(value)) && Number(value) <= 200 },
  cursor: { rule: isText },
  owner: { rule: either(owner, 1) },
  status: { rule: either(matching(/^(revoked|expired|rotated|disabled|rotating|active)$/)) },
  prefix: { rule: either(matching(/^[a-z][a-z0-9]{0,15}(_[a-z0-9]{1,16})?$/)) },
  scope: { rule: either(grantedScope) },
  lineage: { rule: matching(/^key_[0-9A-Za-z]{20}$/) },
  q: { rule: matching(/[\p{L}\p{N}]/u) },
};

const get: Rules = onOne;
const rotate: Rules = { ...onOne, idempotencyKey, ifVersion, graceSeconds: { rule: whole(0, 2_592_000) } };
const revoke: Rules = {
  ...{ ...onOne, idempotencyKey, ifVersion },
  reason: { rule: matching(/^[a-z][a-z0-9_]{0,63}$/) },
  note: { rule: isPlainText(256, 0) },
  lineage: { rule: truth },
};

/** Of each call of the issuer. */
export const calls = { create, list, get, rotate, revoke } as const;

const globs = { rule: listOf(isText, 64, 1) };
export const validatorProps: Rules = { caller: { rule: isText }, prefixes: prefixGlobs, owners: globs };
export const issuerProps: Rules = { ...validatorProps, roles: { rule: listOf(isText, 64) }, scopes: globs };

/** Strict as the manager is: a member it does not know is refused. */
export const faultsOf = (rules: Rules, value: unknown): Fault[] => {
  if (!isObject(value)) return [{ pointer: "#", code: "wrong_type", detail: "must be an object" }];
  const members = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(members).filter((name) => !Object.hasOwn(rules, name));
  const wrong = Object.entries(rules).flatMap(([name, { rule, isRequired = false }]) => {
    // Whoever lost the owner on the way must not be shown everybody's.
    if (name === "owner" && Object.hasOwn(members, name) && members[name] === undefined)
      return [{ name, code: "invalid" }];
    if (members[name] !== undefined) return rule(members[name]) ? [] : [{ name, code: "invalid" }];
    return isRequired ? [{ name, code: "required" }] : [];
  });
  return [...unknown.map((name) => ({ name, code: "unknown_member" })), ...wrong].map(({ name, code }) => {
    return { pointer: `#/${name}`, code, detail: code === "required" ? "is required" : "is not accepted here" };
  });
};
