import type { Permission } from "../../core/access/permissions.ts";
import type { AnyDeclaration } from "../route.ts";
import type { JsonObject } from "./schemas.ts";

export const securitySchemes = {
  adminKey: { type: "http", scheme: "bearer", description: "An admin key: `Authorization: Bearer <admin key>`." },
  adminKeyHeader: {
    type: "apiKey",
    in: "header",
    name: "X-API-Key",
    description: "The same admin key: `X-API-Key: <admin key>`.",
  },
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
  return access === "admin-key" ? withKey : [...withKey, { session: [] }];
};

const words = {
  open: "Open to everybody.",
  public: "Open to everybody.",
  "setup-token": "Needs the SETUP_TOKEN.",
  "recovery-token": "Needs the RECOVERY_TOKEN.",
  "admin-key": "For any admin, with a key.",
  "any-admin": "For any admin.",
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
