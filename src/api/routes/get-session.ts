import { permissionsOf } from "../../core/access/permissions.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";

export const getSession = route(
  {
    method: "GET",
    path: "/v1/session",
    summary: "The session this request came with",
    access: "any-admin",
    success: { status: 200, description: "The session, its admin and what the admin may do." },
    refusals: ["session_not_found"],
  },
  ({ session, admin, caller: { grants } }) =>
    session === null
      ? { code: "session_not_found" }
      : json(200, { ...session, admin, permissions: permissionsOf(grants), grants }),
);
