import { builtInRoles, type RoleView, type StoredRole, viewOfRole } from "../access/role.ts";
import type { ListPage } from "../list-page.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";

export interface ListRoles {
  readonly type: "list-roles";
  /** Only roles whose names come later. */
  readonly after: string | null;
  readonly limit: number;
}

const byName = (one: StoredRole, other: StoredRole): number => (one.role.name < other.role.name ? -1 : 1);

/** Built-in and stored ones together, by name. */
export const listRoles =
  ({ roles }: Ports) =>
  ({ after, limit }: ListRoles) => {
    const builtIn = builtInRoles
      .filter(({ name }) => after === null || name > after)
      .map((role) => ({ role, tampered: false }));
    const all = [...builtIn, ...roles.byName(after, limit + 1)].toSorted(byName);
    const items = all.slice(0, limit).map(viewOfRole);
    return succeed<ListPage<RoleView>>({ items, examinedTo: all.length > limit ? (items.at(-1)?.name ?? null) : null });
  };
