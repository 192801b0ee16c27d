import * as z from "zod/mini";
import type { AdminView } from "../core/access/admin.ts";
import type { Caller } from "../core/access/caller.ts";
import { holdsUnconstrained } from "../core/access/decide.ts";
import type { Permission } from "../core/access/permissions.ts";
import type { SessionView } from "../core/access/session.ts";
import type { Conditional } from "../core/precondition.ts";
import type { AnswerBody, AnswerHeader } from "./answer.ts";
import type { Problem, ProblemCode } from "./failures.ts";
import { readingMethods } from "./request-facts.ts";
import { checkBody, checkQuery } from "./schema.ts";
import type { ReadyServices, Services } from "./services.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * Who may call. `open` needs no settings at all, everything else a manager that is configured. An admin may come with a
 * key or with a session; with `admin-key` only with a key.
 */
type Access =
  | "open"
  | "public"
  | "setup-token"
  | "recovery-token"
  | "admin-key"
  | "any-admin"
  /** An admin's key as that of a gateway, beside which the request has the key of the gateway's client. */
  | "gateway"
  | {
      readonly permission: Permission;
      /** Not for whom a constraint narrows. */
      readonly unconstrained?: true;
      /** The key may also be the password of `Authorization: Basic`. */
      readonly orBasic?: true;
    }
  /** Which of them depends on what the body asks for. */
  | { readonly anyOf: readonly Permission[] };

type ParameterNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterNames<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** The parts the document is divided into. */
export const tags = {
  Keys: "Create, find, change, rotate, revoke and delete the keys of your customers.",
  Validation: "Ask whether a key is good, and for what.",
  Gateways: "The same, in the forms that gateways and OAuth libraries know.",
  Admins: "Who may manage keys, and what you may do yourself.",
  Roles: "What admins may do, under names.",
  Sessions: "How the dashboard stays signed in.",
  Events: "Who did what, and whether the record of it is whole.",
  System: "Set-up, recovery, the manager's own secrets, health, and this description.",
} as const;

/** An answer of a route that did what was asked. `answer` null is one without a body. */
export interface Success {
  readonly status: 200 | 201 | 202 | 204;
  readonly description: string;
  readonly answer: AnswerBody | null;
  readonly headers?: readonly AnswerHeader[];
}

/** What a route declares: it is routed, guarded and validated by this, and described by it to people. */
export interface Declaration<Path extends string, Query, Body> {
  readonly method: Method;
  readonly path: Path;
  /** Its name in generated clients: that of the use case. */
  readonly operationId: string;
  readonly tag: keyof typeof tags;
  readonly summary: string;
  /** What the summary leaves open, in Markdown. */
  readonly description?: string;
  readonly access: Access;
  /** What stands in the places of the path. An ill-formed one finds nothing, so these describe and do not check. */
  readonly parameters?: Readonly<Record<ParameterNames<Path>, z.ZodMiniType<string>>>;
  readonly query?: z.ZodMiniType<Query>;
  /** Query parameters that may be repeated, meaning "any of these". */
  readonly repeatable?: readonly string[];
  readonly body?: z.ZodMiniType<Body>;
  /** The body is no JSON but a form; fields of it that `body` does not name are ignored. */
  readonly takesForm?: true;
  /** Bodies that are in order, by what they show. */
  readonly bodyExamples?: Readonly<Record<string, unknown>>;
  /** Where it is not 64 KiB. */
  readonly bodyBytesMax?: number;
  /** An Idempotency-Key makes it happen once; elsewhere none is looked at. */
  readonly onceOnly?: true;
  readonly success: Success | readonly Success[];
  /** Beside those that every route of its kind answers: `refusalsOf` has them all. */
  readonly refusals: readonly ProblemCode[];
}

export type AnyDeclaration = Declaration<string, unknown, unknown>;

export const isForBasic = (access: Access): boolean => typeof access === "object" && "orBasic" in access;

export const takesBody = ({ method }: AnyDeclaration): boolean => !readingMethods.includes(method);

/** If-Match speaks of one resource that is about to change: the one the path names, or the caller's own record. */
export const isConditional = ({ method, path }: AnyDeclaration): boolean =>
  method !== "GET" && (path.includes("/:") || path.startsWith("/v1/me/"));

interface RouteInput<Path extends string, Query, Body> {
  readonly parameters: Readonly<Record<ParameterNames<Path>, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly admin: AdminView | null;
  /** There when the caller came with a session. */
  readonly session: SessionView | null;
  /** What If-Match asks for, to be sent along with a command about one resource. */
  readonly condition: Conditional;
  readonly url: URL;
  readonly accept?: string | null;
  readonly services: Services;
  /** There whenever access is not `open`. */
  readonly ready: ReadyServices;
}

export type RouteAnswer = Response | Problem;

/** What the pipeline has found out by the time the request's own words are looked at. */
export interface Admitted {
  readonly parameters: Readonly<Record<string, string>>;
  readonly search: URLSearchParams;
  readonly json: unknown;
  readonly caller: Caller;
  readonly admin: AdminView | null;
  readonly session: SessionView | null;
  readonly condition: Conditional;
  readonly url: URL;
  /** The form in which the client wants its answer: its Accept header. */
  readonly accept?: string | null;
  readonly services: Services;
  readonly ready: ReadyServices;
}

export interface Route {
  readonly declaration: AnyDeclaration;
  readonly answer: (admitted: Admitted) => Promise<RouteAnswer>;
}

/** What a route does not declare it does not take. */
const none = z.strictObject({}, "must be an object");

const refusalOfNarrowed = (access: Access, { grants }: Caller): Problem | undefined => {
  if (typeof access === "string" || !("unconstrained" in access)) return undefined;
  const { permission } = access;
  if (holdsUnconstrained(grants, permission)) return undefined;
  return { code: "forbidden", detail: "Only for callers whose right no constraint narrows.", facts: { permission } };
};

export const route = <const Path extends string, Query = unknown, Body = unknown>(
  declaration: Declaration<Path, Query, Body>,
  respond: (input: RouteInput<Path, Query, Body>) => RouteAnswer | Promise<RouteAnswer>,
): Route => ({
  declaration: declaration as AnyDeclaration,
  answer: async ({ search, json, parameters, ...admitted }) => {
    const refusal = refusalOfNarrowed(declaration.access, admitted.caller);
    if (refusal) return refusal;
    const repeatable = declaration.repeatable ?? [];
    const query = declaration.query ? checkQuery(declaration.query, search, repeatable) : checkQuery(none, search, []);
    const body = declaration.body ? checkBody(declaration.body, json) : checkBody(none, json);
    const errors = [...(query.ok ? [] : query.errors), ...(body.ok ? [] : body.errors)];
    if (!query.ok || !body.ok) return { code: "invalid_request", errors };
    return respond({
      ...admitted,
      parameters: parameters as Readonly<Record<ParameterNames<Path>, string>>,
      query: query.value as Query,
      body: body.value as Body,
    });
  },
});
