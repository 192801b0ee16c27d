import { env } from "cloudflare:workers";
import { isForBasic } from "../../src/api/route.ts";
import { routes } from "../../src/api/router.ts";
import type { CreatedAdmin, CreatedKey, Manager, RequestOptions } from "./manager.ts";
import type { AnyAnswer } from "./problems.ts";

type Body = Readonly<Record<string, unknown>>;

interface Example {
  /** What `sendExample` is answered with, on a manager that is set up and has its `Resources`. */
  readonly status: number;
  /** Requests in order; together they hold every member of the body. */
  readonly bodies?: readonly Body[];
  /** Members that may be any text at all. */
  readonly anyText?: readonly string[];
  /** Lists whose entries may be any short text at all. */
  readonly anyEntry?: readonly string[];
  /** Members that may be null. */
  readonly nullable?: readonly string[];
  /** A good value for every query parameter. */
  readonly query?: Readonly<Record<string, string>>;
  /** Where it is not 64 KiB. */
  readonly bodyBytesMax?: number;
  /** What the key must have been through. */
  readonly keyIs?: "revoked" | "rotating";
  /** It changes the record of whoever sends it, so each such request comes from somebody else. */
  readonly changesCaller?: true;
}

const anId = "key_0Vb3Zt2a0000000000AB";
const aPage = { limit: "10", cursor: "not made for this list" };

/** A new route gets a line here, and with it every test of what it may be sent. */
const examples: Readonly<Record<string, Example>> = {
  "POST /v1/validate": {
    status: 200,
    bodies: [{ key: "a", scopes: ["orders:read"], anyScope: ["users:read"], prefixes: ["acme_*"], ip: "192.0.2.1" }],
    anyText: ["key"],
  },
  "POST /v1/introspect": { status: 200, bodies: [{ token: "a" }], anyText: ["token"] },
  "POST /v1/keys": {
    status: 201,
    bodies: [
      {
        ...{ name: "Production server", owner: "acct_1", scopes: ["orders:read"], prefix: "acme_live" },
        ...{ expiresAt: "2999-01-01T00:00:00Z", metadata: { team: "payments" }, enabled: true, recoverable: false },
      },
      { name: "Production server", owner: "acct_1", expiresInSeconds: 3600 },
    ],
  },
  "GET /v1/keys": {
    status: 200,
    query: {
      ...{ ...aPage, owner: "acct_1", status: "active", prefix: "acme_live" },
      ...{ scope: "orders:read", lineage: anId, q: "production" },
    },
  },
  "POST /v1/keys/bulk": {
    status: 200,
    bodies: [{ ids: [anId], action: "disable", reason: "leaked", dryRun: false }],
    anyEntry: ["ids"],
    bodyBytesMax: 1_048_576,
  },
  "GET /v1/keys/:id": { status: 200 },
  "PATCH /v1/keys/:id": {
    status: 200,
    bodies: [
      {
        ...{ name: "Production server", owner: "acct_1", scopes: ["orders:read"], metadata: { team: "payments" } },
        ...{ expiresAt: "2999-01-01T00:00:00Z", enabled: false },
      },
    ],
    nullable: ["metadata", "expiresAt"],
  },
  "DELETE /v1/keys/:id": { status: 204, bodies: [{}], keyIs: "revoked" },
  "POST /v1/keys/:id/rotate": { status: 201, bodies: [{ graceSeconds: 3600 }] },
  "POST /v1/keys/:id/rotation/finish": { status: 200, bodies: [{}], keyIs: "rotating" },
  "POST /v1/keys/:id/rotation/cancel": { status: 200, bodies: [{ force: true }], keyIs: "rotating" },
  "POST /v1/keys/:id/reveal": { status: 200, bodies: [{ reason: "lost by the customer" }] },
  "POST /v1/keys/:id/revoke": { status: 200, bodies: [{ reason: "leaked", note: "seen in a log", lineage: false }] },
  "GET /v1/keys/:id/usage": {
    status: 200,
    query: { since: "2026-01-01T00:00:00Z", until: "2026-01-08T00:00:00Z" },
  },
  "GET /v1/stats": { status: 200 },
  "GET /v1/events": {
    status: 200,
    query: {
      ...{ limit: "10", cursor: "not made for this list", type: "key.*", keyId: anId, lineage: anId },
      ...{ actorId: "adm_0V3bQk1AAzz000000000", since: "2026-01-01T00:00:00Z", until: "2999-01-01T00:00:00.5Z" },
    },
  },
  "GET /v1/events/verify": { status: 200, query: { cursor: "not made for this walk" } },
  "GET /v1/me": { status: 200 },
  "POST /v1/me/rotate": { status: 201, bodies: [{ graceSeconds: 3600 }], changesCaller: true },
  "POST /v1/admins": {
    status: 201,
    bodies: [{ name: "Jo", roles: ["auditor", "validator"], expiresAt: "2999-01-01T00:00:00Z" }],
  },
  "GET /v1/admins": { status: 200, query: aPage },
  "GET /v1/admins/:id": { status: 200 },
  "PATCH /v1/admins/:id": {
    status: 200,
    bodies: [{ name: "Jo", roles: ["issuer"], expiresAt: "2999-01-01T00:00:00Z", enabled: false }],
    nullable: ["expiresAt"],
  },
  "POST /v1/admins/:id/rotate": { status: 201, bodies: [{ graceSeconds: 3600 }] },
  "POST /v1/admins/:id/revoke": { status: 200, bodies: [{ reason: "left", note: "on Friday" }] },
  "GET /v1/roles": { status: 200, query: aPage },
  "GET /v1/roles/:name": { status: 200 },
  "PUT /v1/roles/:name": {
    status: 200,
    bodies: [
      {
        ...{ permissions: ["keys:read", "events:read"], description: "Sees one customer" },
        constraint: { owners: ["acct_*"], prefixes: ["acme_*"], scopes: ["orders:*"] },
      },
      { permissions: ["admins:read"] },
    ],
    nullable: ["description", "constraint"],
  },
  "DELETE /v1/roles/:name": { status: 204, bodies: [{}] },
  "POST /v1/session": { status: 201, bodies: [{}] },
  "GET /v1/session": { status: 404 },
  "DELETE /v1/session": { status: 404, bodies: [{}], changesCaller: true },
  "DELETE /v1/sessions": { status: 204, bodies: [{}], changesCaller: true },
  "GET /v1/setup": { status: 200 },
  "POST /v1/setup": { status: 409, bodies: [{ name: "First owner" }] },
  "POST /v1/recovery": { status: 409, bodies: [{ name: "Another owner" }] },
  "GET /v1/system": { status: 200 },
  "GET /v1/system/reencrypt": { status: 200 },
  "POST /v1/system/reencrypt": { status: 202, bodies: [{ action: "start" }] },
  "GET /": { status: 200 },
  "GET /healthz": { status: 200 },
  "GET /readyz": { status: 200 },
  "GET /openapi.json": { status: 200 },
  "GET /docs": { status: 200 },
};

/** The members an object schema declares. */
const membersOf = (schema: unknown): string[] => {
  const { _zod } = (schema ?? {}) as { readonly _zod?: { readonly def: { readonly shape?: object } } };
  return Object.keys(_zod?.def.shape ?? {});
};

const kinds = { keys: "key", admins: "admin", roles: "role" } as const;

/** The kind of thing whose id or name stands in the path. */
const resourceOf = (path: string): (typeof kinds)[keyof typeof kinds] | null => {
  const [, collection] = /^\/v1\/([a-z]+)\/:/.exec(path) ?? [];
  return collection === undefined ? null : kinds[collection as keyof typeof kinds];
};

const tokens = env as unknown as { readonly SETUP_TOKEN: string; readonly RECOVERY_TOKEN: string };
const tokenNames = { "setup-token": "SETUP_TOKEN", "recovery-token": "RECOVERY_TOKEN" } as const;

const caseOf = ({ declaration }: (typeof routes)[number]) => {
  const { method, path, access, takesForm = false } = declaration;
  const name = `${method} ${path}`;
  const example = Object.hasOwn(examples, name) ? examples[name] : undefined;
  return {
    ...{ name, method, path, access, example, takesForm },
    bodies: example?.bodies ?? [],
    anyText: example?.anyText ?? [],
    anyEntry: example?.anyEntry ?? [],
    nullable: example?.nullable ?? [],
    query: example?.query ?? {},
    bodyBytesMax: example?.bodyBytesMax ?? 65_536,
    changesCaller: example?.changesCaller ?? false,
    resource: resourceOf(path),
    hasBody: method !== "GET",
    takesBasic: isForBasic(access),
    needsCredential: access !== "open" && access !== "public",
    /** The secret of the deployer that opens it. */
    token: access === "setup-token" || access === "recovery-token" ? tokenNames[access] : null,
    members: membersOf(declaration.body),
    parameters: membersOf(declaration.query),
    repeatable: declaration.repeatable ?? [],
    successes: [declaration.success].flat().map(({ status }) => status),
    refusals: declaration.refusals,
  };
};

export type RouteCase = ReturnType<typeof caseOf>;

export const everyRoute = routes.map(caseOf);
/** Forms have tests of their own. */
export const routesWithBody = everyRoute.filter(({ hasBody, takesForm }) => hasBody && !takesForm);
export const protectedRoutes = everyRoute.filter(({ needsCredential }) => needsCredential);
/** A deployer's token is no key, and comes as a bearer token alone. */
export const keyRoutes = protectedRoutes.filter(({ token }) => token === null);
export const exampleNames = Object.keys(examples);

/** One of each kind, which all requests of a test file may be about, and an owner who may change. */
export interface Resources {
  readonly key: CreatedKey;
  readonly admin: CreatedAdmin;
  readonly role: string;
  readonly caller: CreatedAdmin;
}

const aRole = { permissions: ["keys:read"] };

/** The recovery token is used up here, as the set-up's is by the set-up. */
export const makeResources = async (manager: Manager): Promise<Resources> => {
  const role = "example";
  await manager.saveRole(role, aRole);
  const [key, admin, caller] = await Promise.all([
    manager.createKey({ prefix: "acme_live" }),
    manager.createAdmin(),
    manager.createAdmin({ roles: ["owner", role] }),
    manager.request("/v1/recovery", { method: "POST", key: tokens.RECOVERY_TOKEN }),
  ]);
  return { key, admin, role, caller };
};

/** What a request is about: one of the resources, or whatever has this id or name. */
type About = Resources | string;

export const idOf = ({ resource }: RouteCase, about: About): string => {
  if (typeof about === "string") return about;
  return resource === "role" ? about.role : resource === null ? "" : about[resource].id;
};

export const pathOf = (route: RouteCase, about: About): string =>
  route.path.replace(/:[a-z]+/, () => idOf(route, about));

export const credentialFor = (route: RouteCase, manager: Manager, about: About = ""): string => {
  if (route.token !== null) return tokens[route.token];
  return route.changesCaller && typeof about !== "string" ? about.caller.key : manager.adminKey;
};

export type SendOptions = RequestOptions & { readonly search?: string };

/** What is sent as an object, in the form that the route takes. */
export const written = ({ takesForm }: RouteCase, { json, ...options }: SendOptions): SendOptions => {
  if (json === undefined) return options;
  if (!takesForm) return { ...options, json };
  const headers = { ...options.headers, "Content-Type": "application/x-www-form-urlencoded" };
  return { ...options, headers, body: new URLSearchParams(json as Record<string, string>).toString() };
};

/** A request to the route, in order but for what `options` says. */
export const send = (
  manager: Manager,
  route: RouteCase,
  about: About,
  options: SendOptions = {},
): Promise<AnyAnswer> => {
  const { search = "", ...others } = options;
  const hasNone = others.json === undefined && others.body === undefined;
  return manager.request(`${pathOf(route, about)}${search}`, {
    method: route.method,
    key: credentialFor(route, manager, about),
    ...written(route, { ...(hasNone && route.bodies[0] ? { json: route.bodies[0] } : {}), ...others }),
  });
};

const preparedKey = async (manager: Manager, { example }: RouteCase, fields: Body): Promise<CreatedKey> => {
  const key = await manager.createKey(fields);
  if (example?.keyIs === "revoked") await manager.revoke(key.id);
  if (example?.keyIs === "rotating") await manager.rotate(key.id);
  return key;
};

/** The id or name of something of the right kind that nobody acted upon yet. */
export const freshSubject = async (manager: Manager, route: RouteCase, keyFields: Body = {}): Promise<string> => {
  if (route.resource === "key") return (await preparedKey(manager, route, keyFields)).id;
  if (route.resource === "admin") return (await manager.createAdmin()).id;
  if (route.resource === null) return "";
  const name = `role-${crypto.randomUUID()}`;
  await manager.saveRole(name, aRole);
  return name;
};

/** A credential that is good for the example, whoever was changed by another one. */
export const freshCredential = async (manager: Manager, route: RouteCase): Promise<string> =>
  route.changesCaller ? (await manager.createAdmin({ roles: ["owner"] })).key : credentialFor(route, manager);

/** The example itself, about a resource of its own: what other requests did to theirs does not matter. */
export const sendExample = async (
  manager: Manager,
  route: RouteCase,
  options: SendOptions = {},
): Promise<AnyAnswer> => {
  const key = options.key === undefined ? { key: await freshCredential(manager, route) } : {};
  return send(manager, route, await freshSubject(manager, route), { ...key, ...options });
};

export const sendText = (manager: Manager, route: RouteCase, about: About, body: BodyInit): Promise<AnyAnswer> =>
  send(manager, route, about, { body, headers: { "Content-Type": "application/json" } });
