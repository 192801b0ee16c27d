import * as z from "zod/mini";
import type { Caller } from "../../core/access/caller.ts";
import { holds } from "../../core/access/decide.ts";
import { matchesAnyGlob } from "../../core/access/glob.ts";
import type { Grant, Permission } from "../../core/access/permissions.ts";
import { grantsOf } from "../../core/access/role.ts";
import { meanings, type Problem, problemOf, wireCodeOf } from "../failures.ts";
import { createKey } from "../routes/create-key.ts";
import { getKey } from "../routes/get-key.ts";
import { listKeys } from "../routes/list-keys.ts";
import { revokeKey } from "../routes/revoke-key.ts";
import { rotateKey } from "../routes/rotate-key.ts";
import { checkBody, text } from "../schema.ts";
import type { Services } from "../services.ts";
import type { RpcAnswer, RpcRefusal } from "./answers.ts";
import { checkIssuerProps, constraintOf, detailOf, type IssuerProps } from "./props.ts";

const methods = { create: createKey, list: listKeys, get: getKey, rotate: rotateKey, revoke: revokeKey } as const;

export type IssuerMethod = keyof typeof methods;

const refused = (problem: Problem): RpcRefusal => {
  const { status, detail } = meanings[problem.code];
  const { errors, facts } = problem;
  return {
    ...facts,
    ok: false,
    code: wireCodeOf(problem.code),
    httpStatus: status,
    detail: problem.detail ?? detail,
    ...(errors ? { errors } : {}),
  };
};

const id = z.string("must be the id of a key");
const owner = z.optional(z.string("must be a text"));
const idempotencyKey = z.optional(text((key) => /^[\x21-\x7e]{1,255}$/.test(key), "1 to 255 visible characters"));
const ifVersion = z.optional(z.int("must be a version").check(z.minimum(1, "must be a version")));

/** What a call has beside the members of the route's own body or query, which the route checks. */
const envelopes = {
  create: z.looseObject({ idempotencyKey }, "must be an object"),
  list: z.looseObject({}, "must be an object"),
  get: z.looseObject({ id, owner }, "must be an object"),
  rotate: z.looseObject({ id, owner, idempotencyKey, ifVersion }, "must be an object"),
  revoke: z.looseObject({ id, owner, idempotencyKey, ifVersion }, "must be an object"),
} as const satisfies Readonly<Record<IssuerMethod, z.ZodMiniType>>;

interface Envelope {
  readonly id?: string;
  readonly owner?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly ifVersion?: number | undefined;
}

const restOf = (method: IssuerMethod, request: object): Record<string, unknown> => {
  const names = Object.keys(envelopes[method]._zod.def.shape);
  return Object.fromEntries(Object.entries(request).filter(([name]) => !names.includes(name)));
};

/** The rights of the binding; for one owner alone where the call names one. */
const grantsFor = (props: IssuerProps, owner: string | null): Grant[] => {
  const constraint = constraintOf(props);
  const isWithin = owner === null || constraint?.owners === undefined || matchesAnyGlob(constraint.owners, owner);
  if (!isWithin) return [];
  const narrowed = owner === null ? constraint : { ...constraint, owners: [owner] };
  return grantsOf({ find: () => undefined }, props.roles ?? []).map((grant) => ({ ...grant, constraint: narrowed }));
};

const searchOf = (rest: Readonly<Record<string, unknown>>): URLSearchParams => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(rest)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(name, String(one));
  }
  return search;
};

const encoder = new TextEncoder();

const answerOf = async (
  method: IssuerMethod,
  request: Envelope,
  caller: Omit<Caller, "idempotencyKey">,
  services: Services,
): Promise<Response | Problem> => {
  const ready = await services.ready();
  if (!ready.ok) return problemOf(ready.failure);
  const rest = restOf(method, request);
  const { id = "", idempotencyKey: key = null, ifVersion: version } = request;
  const words = [`rpc ${method} ${id}`, JSON.stringify(rest)].map((part) => encoder.encode(part));
  const repeat = key === null ? {} : { requestDigest: services.digest(words) };
  return methods[method].answer({
    parameters: { id },
    search: method === "list" ? searchOf(rest) : new URLSearchParams(),
    json: method === "list" ? {} : rest,
    caller: { ...caller, idempotencyKey: key, ...repeat },
    admin: null,
    session: null,
    condition: version === undefined ? {} : { ifVersions: [version] },
    url: new URL("https://rpc.invalid/v1/keys"),
    services,
    ready: ready.value,
  });
};

const permissionOf = (method: IssuerMethod): Permission | null => {
  const { access } = methods[method].declaration;
  return typeof access === "object" && "permission" in access ? access.permission : null;
};

/** The same routes as over HTTP, the same checks in the same order, with the rights that the binding gives. */
export const issueForSibling = async <Value>(
  services: Services,
  given: unknown,
  method: IssuerMethod,
  request: unknown,
): Promise<RpcAnswer<Value>> => {
  const requestId = services.newRequestId();
  try {
    const props = checkIssuerProps(given);
    if (!props.ok) return refused({ code: "forbidden", detail: detailOf("props of the binding", props.errors) });
    const permission = permissionOf(method);
    if (permission === null || !holds(grantsFor(props.value, null), permission)) {
      return refused({ code: "forbidden", facts: { permission } });
    }
    const checked = checkBody<Envelope>(envelopes[method], request);
    if (!checked.ok) return refused({ code: "invalid_request", errors: checked.errors });
    const actor = { kind: "service", name: props.value.caller ?? "unnamed" } as const;
    const { owner: only = null } = method === "create" || method === "list" ? {} : checked.value;
    const grants = grantsFor(props.value, only);
    const answer = await answerOf(method, checked.value, { actor, grants, requestId, ip: null }, services);
    if (!(answer instanceof Response)) return refused(answer);
    return { ok: true, value: (await answer.json()) as Value };
  } catch (error) {
    services.reportFault(requestId, error);
    return refused({ code: "internal_error" });
  }
};
