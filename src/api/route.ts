import * as z from "zod/mini";
import type { AdminView } from "../core/access/admin.ts";
import type { Caller } from "../core/access/caller.ts";
import type { Permission } from "../core/access/permissions.ts";
import type { SessionView } from "../core/access/session.ts";
import type { Conditional } from "../core/precondition.ts";
import type { Problem, ProblemCode } from "./failures.ts";
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
  | { readonly permission: Permission }
  /** Which of them depends on what the body asks for. */
  | { readonly anyOf: readonly Permission[] };

type ParameterNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterNames<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What a route declares: it is routed, guarded and validated by this, and described by it to people. */
export interface Declaration<Path extends string, Query, Body> {
  readonly method: Method;
  readonly path: Path;
  readonly summary: string;
  readonly access: Access;
  readonly query?: z.ZodMiniType<Query>;
  /** Query parameters that may be repeated, meaning "any of these". */
  readonly repeatable?: readonly string[];
  readonly body?: z.ZodMiniType<Body>;
  /** Where it is not 64 KiB. */
  readonly bodyBytesMax?: number;
  readonly success: { readonly status: 200 | 201 | 204; readonly description: string };
  /** Beside those that every route of its kind of access answers. */
  readonly refusals: readonly ProblemCode[];
}

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
  readonly services: Services;
  readonly ready: ReadyServices;
}

export interface Route {
  readonly declaration: Declaration<string, unknown, unknown>;
  readonly answer: (admitted: Admitted) => Promise<RouteAnswer>;
}

/** What a route does not declare it does not take. */
const none = z.strictObject({}, "must be an object");

export const route = <const Path extends string, Query = unknown, Body = unknown>(
  declaration: Declaration<Path, Query, Body>,
  respond: (input: RouteInput<Path, Query, Body>) => RouteAnswer | Promise<RouteAnswer>,
): Route => ({
  declaration: declaration as Declaration<string, unknown, unknown>,
  answer: async ({ search, json, parameters, ...admitted }) => {
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
