import type { Caller } from "../../core/access/caller.ts";
import { holds } from "../../core/access/decide.ts";
import { matchesAnyGlob } from "../../core/access/glob.ts";
import type { Grant, Permission } from "../../core/access/permissions.ts";
import { grantsOf } from "../../core/access/role.ts";
import { type Fault, meanings, type Problem, problemOf, wireCodeOf } from "../failures.ts";
import { retryAfterSeconds } from "../responses.ts";
import { createKey } from "../routes/create-key.ts";
import { getKey } from "../routes/get-key.ts";
import { listKeys } from "../routes/list-keys.ts";
import { revokeKey } from "../routes/revoke-key.ts";
import { rotateKey } from "../routes/rotate-key.ts";
import { checkBody } from "../schema.ts";
import type { Services } from "../services.ts";
import type { IssuerCode, RpcAnswer, RpcRefusal } from "./answers.ts";
import { type CheckedCall, callSchemas } from "./calls.ts";
import { plainCall } from "./plain-call.ts";
import { checkIssuerProps, constraintOf, type IssuerProps, propsDetail } from "./props.ts";

const methods = { create: createKey, list: listKeys, get: getKey, rotate: rotateKey, revoke: revokeKey } as const;

export type IssuerMethod = keyof typeof methods;

/** A list's values come to its route as query parameters; over RPC they are members like any other. */
const faultInCall = ({ parameter, ...fault }: Fault): Fault =>
  parameter === undefined ? fault : { pointer: `#/${parameter}`, ...fault };

const refused = ({ code, detail, errors, facts }: Problem): RpcRefusal => {
  const meaning = meanings[code];
  return {
    ...facts,
    ok: false,
    // The five routes declare what they refuse, and no other code comes from them.
    code: wireCodeOf(code) as IssuerCode,
    httpStatus: meaning.status,
    detail: detail ?? meaning.detail,
    ...(errors ? { errors: errors.map(faultInCall) } : {}),
    ...(meaning.status === 503 ? { retryAfter: retryAfterSeconds } : {}),
  };
};

const permissionOf = (method: IssuerMethod): Permission => {
  const { access } = methods[method].declaration;
  if (typeof access === "string" || !("permission" in access))
    throw new Error(`${method} has no permission of its own`);
  return access.permission;
};

const noRight = (permission: Permission): Problem => ({
  code: "forbidden",
  facts: { permission },
  detail: `The roles in the props of this binding do not give ${permission}: only built-in roles count, for example \`props = { caller = "portal", roles = ["issuer"] }\` in the configuration of the Worker that calls.`,
});

/** The rights of the binding; where the call names an owner, on the keys of that one alone. */
const grantsFor = (props: IssuerProps, owner?: string): Grant[] => {
  const constraint = constraintOf(props);
  const isWithin = owner === undefined || constraint?.owners === undefined || matchesAnyGlob(constraint.owners, owner);
  if (!isWithin) return [];
  const narrowed = owner === undefined ? constraint : { ...constraint, owners: [owner] };
  return grantsOf({ find: () => undefined }, props.roles ?? []).map((grant) => ({ ...grant, constraint: narrowed }));
};

/** Somebody meant to name an owner, and to leave it out opens the keys of all. */
const isOwnerLost = (request: unknown): boolean =>
  typeof request === "object" &&
  request !== null &&
  Object.hasOwn(request, "owner") &&
  (request as { readonly owner: unknown }).owner === undefined;

const ownerLost: Problem = {
  code: "invalid_request",
  errors: [{ pointer: "#/owner", code: "invalid", detail: "is undefined: name the owner, or leave the member out" }],
};

const searchOf = (call: Readonly<Record<string, unknown>>): URLSearchParams =>
  new URLSearchParams(
    Object.entries(call).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, String(one)])),
  );

/** The members that belong to the route. */
const bodyOf = (method: IssuerMethod, call: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(call).filter(([name]) => !Object.hasOwn(callSchemas[method]._zod.def.shape, name)));

const encoder = new TextEncoder();

interface Binding {
  readonly services: Services;
  readonly props: IssuerProps;
  readonly requestId: string;
}

const callerOf = ({ services, props, requestId }: Binding, call: CheckedCall, words: readonly string[]): Caller => {
  const { owner, idempotencyKey = null } = call;
  const caller = {
    actor: { kind: "service", name: props.caller ?? "unnamed" },
    grants: grantsFor(props, typeof owner === "string" ? owner : undefined),
    requestId,
    ip: null,
    idempotencyKey,
  } as const;
  if (idempotencyKey === null) return caller;
  return { ...caller, requestDigest: services.digest(words.map((word) => encoder.encode(word))) };
};

const answerOf = async (method: IssuerMethod, binding: Binding, request: unknown): Promise<Response | Problem> => {
  const { services } = binding;
  const ready = await services.ready();
  if (!ready.ok) return problemOf(ready.failure);
  if (isOwnerLost(request)) return ownerLost;
  const plain = plainCall(request);
  if (!plain.ok) return plain.problem;
  const call = checkBody<CheckedCall>(callSchemas[method], plain.value);
  if (!call.ok) return { code: "invalid_request", errors: call.errors };

  const { id = "", ifVersion } = call.value;
  const isQuery = method === "list";
  const body = isQuery ? {} : bodyOf(method, plain.value);
  const narrowing = isQuery || method === "create" ? { ...call.value, owner: undefined } : call.value;
  return methods[method].answer({
    parameters: { id },
    search: isQuery ? searchOf(plain.value) : new URLSearchParams(),
    json: body,
    caller: callerOf(binding, narrowing, [`rpc ${method} ${id}`, JSON.stringify(body)]),
    admin: null,
    session: null,
    condition: ifVersion === undefined ? {} : { ifVersions: [ifVersion] },
    url: new URL("https://rpc.invalid/v1/keys"),
    services,
    ready: ready.value,
  });
};

/** The same routes as over HTTP, and the same checks in the same order, with the rights that the binding gives. */
export const issueForSibling = async <Value>(
  services: Services,
  given: unknown,
  method: IssuerMethod,
  request: unknown,
): Promise<RpcAnswer<Value>> => {
  const requestId = services.newRequestId();
  try {
    const props = checkIssuerProps(given);
    if (!props.ok) return refused({ code: "forbidden", detail: propsDetail(props.errors) });
    const permission = permissionOf(method);
    if (!holds(grantsFor(props.value), permission)) return refused(noRight(permission));
    const answer = await answerOf(method, { services, props: props.value, requestId }, request);
    return answer instanceof Response ? { ok: true, value: (await answer.json()) as Value } : refused(answer);
  } catch (error) {
    services.reportFault(requestId, error);
    return refused({ code: "internal_error" });
  }
};
