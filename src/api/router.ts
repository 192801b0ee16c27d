import { Router } from "itty-router/Router";
import { documentOnce } from "./openapi/document.ts";
import type { Route } from "./route.ts";
import { bulkKeys } from "./routes/bulk-keys.ts";
import { cancelRotation } from "./routes/cancel-rotation.ts";
import { createAdmin } from "./routes/create-admin.ts";
import { createKey } from "./routes/create-key.ts";
import { deleteKey } from "./routes/delete-key.ts";
import { deleteRole } from "./routes/delete-role.ts";
import { endSession, endSessions } from "./routes/end-session.ts";
import { finishRotation } from "./routes/finish-rotation.ts";
import { forwardAuth } from "./routes/forward-auth.ts";
import { getAdmin } from "./routes/get-admin.ts";
import { getDocs } from "./routes/get-docs.ts";
import { getHealth } from "./routes/get-health.ts";
import { getHome } from "./routes/get-home.ts";
import { getKey } from "./routes/get-key.ts";
import { getKeyUsage } from "./routes/get-key-usage.ts";
import { getMe } from "./routes/get-me.ts";
import { getOpenApi } from "./routes/get-openapi.ts";
import { getReadiness } from "./routes/get-readiness.ts";
import { getReencryption } from "./routes/get-reencryption.ts";
import { getRole } from "./routes/get-role.ts";
import { getSession } from "./routes/get-session.ts";
import { getSetUp } from "./routes/get-set-up.ts";
import { getStats } from "./routes/get-stats.ts";
import { getSystem } from "./routes/get-system.ts";
import { introspectKey } from "./routes/introspect-key.ts";
import { listAdmins } from "./routes/list-admins.ts";
import { listEvents } from "./routes/list-events.ts";
import { listKeys } from "./routes/list-keys.ts";
import { listRoles } from "./routes/list-roles.ts";
import { recoverOwner } from "./routes/recover-owner.ts";
import { revealKey } from "./routes/reveal-key.ts";
import { revokeAdmin } from "./routes/revoke-admin.ts";
import { revokeKey } from "./routes/revoke-key.ts";
import { rotateAdmin, rotateMe } from "./routes/rotate-admin.ts";
import { rotateKey } from "./routes/rotate-key.ts";
import { saveRole } from "./routes/save-role.ts";
import { setUp } from "./routes/set-up.ts";
import { startReencryption } from "./routes/start-reencryption.ts";
import { startSession } from "./routes/start-session.ts";
import { updateAdmin } from "./routes/update-admin.ts";
import { updateKey } from "./routes/update-key.ts";
import { validateKey } from "./routes/validate-key.ts";
import { verifyEvents } from "./routes/verify-events.ts";

/** What describes the routes is one of them, so it comes to the list only when it is asked. */
const documentOf = documentOnce(() => describedRoutes);

/** All that is found by path and method; the most called first, and a path of its own before one that a parameter would match. */
export const routes: readonly Route[] = [
  validateKey,
  introspectKey,
  createKey,
  listKeys,
  bulkKeys,
  getKey,
  updateKey,
  deleteKey,
  rotateKey,
  finishRotation,
  cancelRotation,
  revokeKey,
  revealKey,
  getKeyUsage,
  getStats,
  listEvents,
  verifyEvents,
  getMe,
  rotateMe,
  createAdmin,
  listAdmins,
  getAdmin,
  updateAdmin,
  rotateAdmin,
  revokeAdmin,
  listRoles,
  getRole,
  saveRole,
  deleteRole,
  startSession,
  getSession,
  endSession,
  endSessions,
  getSetUp,
  setUp,
  recoverOwner,
  getSystem,
  getReencryption,
  startReencryption,
  getHome,
  getHealth,
  getReadiness,
  getOpenApi(documentOf),
  getDocs(documentOf),
];

/** The whole HTTP surface. */
export const describedRoutes: readonly Pick<Route, "declaration">[] = [...routes, { declaration: forwardAuth }];

/** One entry per path: what its methods are, in a router that only finds. */
const byPath = Map.groupBy(routes, ({ declaration }) => declaration.path);
const finder = Router();
for (const [path, alternatives] of byPath) {
  finder.all(path, ({ params }) => ({ alternatives, parameters: params }));
}

export type PathMatch = {
  readonly alternatives: readonly Route[];
  readonly parameters: Readonly<Record<string, string>>;
};

export const findPath = async (method: string, url: URL): Promise<PathMatch | undefined> => {
  if (url.pathname !== "/" && url.pathname.endsWith("/")) return undefined;
  return finder.fetch({ method, url: url.href });
};

/** For `Allow`. */
export const methodsOf = (alternatives: readonly Route[]): string => {
  const methods = alternatives.map(({ declaration }) => declaration.method);
  return [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
};
