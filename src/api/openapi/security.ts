import type { Permission } from "../../core/access/permissions.ts";
import { type AnyDeclaration, isForBasic } from "../route.ts";
import type { JsonObject } from "./schemas.ts";

export const securitySchemes = {
  adminKey: { type: "http", scheme: "bearer", description: "An admin key: `Authorization: Bearer <admin key>`." },
  adminKeyHeader: {
    type: "apiKey",
    in: "header",
    name: "X-API-Key",
    description: "The same admin key: `X-API-Key: <admin key>`.",
  },
  adminKeyBasic: {
    type: "http",
    scheme: "basic",
    description: "The same admin key as the password, with any user name.",
  },
  gatewayKey: {
    type: "apiKey",
    in: "header",
    name: "X-Latchkey-Gateway",
    description: "The admin key of a gateway, which says for itself that it may validate keys.",
  },
  clientKey: { type: "http", scheme: "bearer", description: "The key of a gateway's client, as the client sent it." },
  clientKeyHeader: { type: "apiKey", in: "header", name: "X-API-Key", description: "The same key of the client." },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-latchkey",
    description: "The session of the dashboard; on plain http of a loopback address the cookie is `latchkey`.",
  },
  setupToken: { type: "http", scheme: "bearer", description: "The SETUP_TOKEN, for the set-up alone." },
  recoveryToken: { type: "http", scheme: "bearer", description: "The RECOVERY_TOKEN, for the recovery alone." },
} as const;

const withKey = [{ adminKey: [] }, { adminKeyHeader: [] }];

/** Each entry is one way to call; none means that no credential is looked at. */
export const securityOf = ({ access }: AnyDeclaration): JsonObject[] => {
  if (access === "open" || access === "public") return [];
  if (access === "setup-token") return [{ setupToken: [] }];
  if (access === "recovery-token") return [{ recoveryToken: [] }];
  if (access === "gateway") return ["clientKey", "clientKeyHeader"].map((name) => ({ gatewayKey: [], [name]: [] }));
  if (access === "admin-key") return withKey;
  return [...withKey, ...(isForBasic(access) ? [{ adminKeyBasic: [] }] : []), { session: [] }];
};

const words = {
  open: "Open to everybody.",
  public: "Open to everybody.",
  "setup-token": "Needs the SETUP_TOKEN.",
  "recovery-token": "Needs the RECOVERY_TOKEN.",
  "admin-key": "For any admin, with a key.",
  "any-admin": "For any admin.",
  gateway: "Needs the permission `keys:validate`, of the key in `X-Latchkey-Gateway`.",
} as const;

/** Any one of these lets a caller in. */
export const permissionsOf = ({ access }: AnyDeclaration): readonly Permission[] => {
  if (typeof access === "string") return [];
  return "anyOf" in access ? access.anyOf : [access.permission];
};

export const rightOf = (declaration: AnyDeclaration): string => {
  const { access } = declaration;
  if (typeof access === "string") return words[access];
  return `Needs the permission ${permissionsOf(declaration)
    .map((permission) => `\`${permission}\``)
    .join(" or ")}.`;
};
