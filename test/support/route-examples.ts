import { env } from "cloudflare:workers";
import { routes } from "../../src/api/router.ts";
import type { Manager, RequestOptions } from "./manager.ts";
import type { AnyAnswer } from "./problems.ts";

type Body = Readonly<Record<string, unknown>>;

interface Example {
  /** What a request that is in order is answered with, on a manager that is set up. */
  readonly status: number;
  /** Requests in order; together they hold every member of the body. */
  readonly bodies?: readonly Body[];
  /** Members that may be any text at all. */
  readonly anyText?: readonly string[];
  /** Members that may be null. */
  readonly nullable?: readonly string[];
  /** A good value for every query parameter. */
  readonly query?: Readonly<Record<string, string>>;
}

const anId = "key_0Vb3Zt2a0000000000AB";

/** A new route gets a line here, and with it every test of what it may be sent. */
const examples: Readonly<Record<string, Example>> = {
  "POST /v1/validate": {
    status: 200,
    bodies: [{ key: "a", scopes: ["orders:read"], anyScope: ["users:read"], prefixes: ["acme_*"], ip: "192.0.2.1" }],
    anyText: ["key"],
  },
  "POST /v1/keys": {
    status: 201,
    bodies: [
      {
        ...{ name: "Production server", owner: "acct_42", scopes: ["orders:read"], prefix: "acme_live" },
        ...{ expiresAt: "2999-01-01T00:00:00Z", metadata: { team: "payments" }, enabled: true, recoverable: false },
      },
      { name: "Production server", owner: "acct_42", expiresInSeconds: 3600 },
    ],
  },
  "GET /v1/keys": {
    status: 200,
    query: {
      ...{ limit: "10", cursor: "not made for this list", owner: "acct_42", status: "active", prefix: "acme_live" },
      ...{ scope: "orders:read", lineage: anId, q: "production" },
    },
  },
  "GET /v1/keys/:id": { status: 200 },
  "PATCH /v1/keys/:id": {
    status: 200,
    bodies: [
      {
        ...{ name: "Production server", owner: "acct_42", scopes: ["orders:read"], metadata: { team: "payments" } },
        ...{ expiresAt: "2999-01-01T00:00:00Z", enabled: false },
      },
    ],
    nullable: ["metadata", "expiresAt"],
  },
  "DELETE /v1/keys/:id": { status: 409, bodies: [{}] },
  "POST /v1/keys/:id/rotate": { status: 201, bodies: [{ graceSeconds: 3600 }] },
  "POST /v1/keys/:id/rotation/finish": { status: 409, bodies: [{}] },
  "POST /v1/keys/:id/rotation/cancel": { status: 409, bodies: [{ force: true }] },
  "POST /v1/keys/:id/reveal": { status: 200, bodies: [{ reason: "lost by the customer" }] },
  "POST /v1/keys/:id/revoke": { status: 200, bodies: [{ reason: "leaked", note: "seen in a log", lineage: false }] },
  "GET /v1/me": { status: 200 },
  "GET /v1/setup": { status: 200 },
  "POST /v1/setup": { status: 409, bodies: [{ name: "First owner" }] },
  "GET /": { status: 200 },
  "GET /healthz": { status: 200 },
  "GET /readyz": { status: 200 },
};

/** The members an object schema declares. */
const membersOf = (schema: unknown): string[] => {
  const { _zod } = (schema ?? {}) as { readonly _zod?: { readonly def: { readonly shape?: object } } };
  return Object.keys(_zod?.def.shape ?? {});
};

const caseOf = ({ declaration }: (typeof routes)[number]) => {
  const { method, path, access } = declaration;
  const name = `${method} ${path}`;
  const example = Object.hasOwn(examples, name) ? examples[name] : undefined;
  return {
    ...{ name, method, path, example },
    bodies: example?.bodies ?? [],
    anyText: example?.anyText ?? [],
    nullable: example?.nullable ?? [],
    query: example?.query ?? {},
    hasId: path.includes(":id"),
    hasBody: method !== "GET",
    needsCredential: access !== "open" && access !== "public",
    takesSetupToken: access === "setup-token",
    members: membersOf(declaration.body),
    parameters: membersOf(declaration.query),
    repeatable: declaration.repeatable ?? [],
  };
};

export type RouteCase = ReturnType<typeof caseOf>;

export const everyRoute = routes.map(caseOf);
export const routesWithBody = everyRoute.filter(({ hasBody }) => hasBody);
export const protectedRoutes = everyRoute.filter(({ needsCredential }) => needsCredential);
/** The set-up token is no key, and comes as a bearer token alone. */
export const keyRoutes = protectedRoutes.filter(({ takesSetupToken }) => !takesSetupToken);
export const exampleNames = Object.keys(examples);

export const pathOf = ({ path }: RouteCase, id: string): string => path.replace(":id", id);

const setUpToken = (env as unknown as { readonly SETUP_TOKEN: string }).SETUP_TOKEN;

export const credentialFor = (route: RouteCase, manager: Manager): string =>
  route.takesSetupToken ? setUpToken : manager.adminKey;

export type SendOptions = RequestOptions & { readonly search?: string };

/** A request to the route, in order but for what `options` says. */
export const send = (manager: Manager, route: RouteCase, id: string, options: SendOptions = {}): Promise<AnyAnswer> => {
  const { search = "", ...others } = options;
  const hasNone = others.json === undefined && others.body === undefined;
  return manager.request(`${pathOf(route, id)}${search}`, {
    method: route.method,
    key: credentialFor(route, manager),
    ...(hasNone && route.bodies[0] ? { json: route.bodies[0] } : {}),
    ...others,
  });
};

/** The example itself, about a key of its own: what other requests did to their keys does not matter. */
export const sendExample = async (
  manager: Manager,
  route: RouteCase,
  options: SendOptions = {},
): Promise<AnyAnswer> => {
  const { id } = route.hasId ? await manager.createKey() : { id: "" };
  return send(manager, route, id, options);
};

export const sendText = (manager: Manager, route: RouteCase, id: string, body: BodyInit): Promise<AnyAnswer> =>
  send(manager, route, id, { body, headers: { "Content-Type": "application/json" } });
