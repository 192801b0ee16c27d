import page from "../../docs/permissions.md?raw";
import type { CreatedKey } from "./manager.ts";
import { tableOf } from "./markdown-table.ts";
import { everyRoute } from "./route-examples.ts";

export const builtIn = ["owner", "operator", "issuer", "auditor", "validator"] as const;
export const columns = [...builtIn, "within"] as const;
export type Column = (typeof columns)[number];

/** Bodies that speak of a key; every other route has one in its path, or none. */
export const bodiesAbout: Readonly<Record<string, (key: CreatedKey) => unknown>> = {
  "POST /v1/validate": ({ key }) => ({ key }),
  "POST /v1/introspect": ({ key }) => ({ token: key }),
  "POST /v1/keys": ({ owner }) => ({ name: "A key", owner }),
  "POST /v1/keys/bulk to disable": ({ id }) => ({ ids: [id], action: "disable" }),
  "POST /v1/keys/bulk to revoke": ({ id }) => ({ ids: [id], action: "revoke" }),
};

const unmarked = (cell: string): string => cell.replaceAll("`", "");

export const rows = tableOf(page, "route").map((cells) => {
  const label = unmarked(cells.route ?? "");
  const name = /^`([^`]+)`/.exec(cells.route ?? "")?.[1] ?? "";
  const route = everyRoute.find(({ method, path }) => name === `${method} ${path.replace(/:([a-z]+)/, "{$1}")}`);
  return { label, name, route, needs: unmarked(cells.needs ?? ""), cells };
});

/** What is answered by every method has a row, and tests of its own. */
export const gatewayRow = rows.find(({ name }) => name === "GET /v1/forward-auth");

/** Rows of routes that there are; that these are all of them is a test of its own. */
export const routeRows = rows.flatMap(({ route, ...row }) => (route ? [{ ...row, route }] : []));
export type Row = (typeof routeRows)[number];

/** Each permission, and the built-in roles that give it. */
export const permissionRows = tableOf(page, "permission").map((cells) => ({
  name: unmarked(cells.permission ?? ""),
  cells,
}));

export const isUnsafe = ({ route }: Row): boolean => route.method !== "GET";
/** An owner by a session is not refused for coming by one. */
export const takesSession = ({ cells }: Row): boolean =>
  !/^401/.test(cells.session === "same" ? (cells.owner ?? "") : "401");
export const sessionCell = ({ cells }: Row, column: Column): string =>
  (cells.session === "same" ? cells[column] : cells.session) ?? "";
