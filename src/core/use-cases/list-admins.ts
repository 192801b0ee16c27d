import { type AdminView, viewOfAdmin } from "../access/admin.ts";
import type { ListPage } from "../list-page.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";

export interface ListAdmins {
  readonly type: "list-admins";
  /** Only admins older than this id. */
  readonly before: string | null;
  readonly limit: number;
}

export const listAdmins =
  ({ clock, admins }: Ports) =>
  ({ before, limit }: ListAdmins) => {
    const now = clock.now();
    const items: AdminView[] = [];
    for (const stored of admins.newestFirst(before)) {
      if (items.length === limit) return succeed<ListPage<AdminView>>({ items, examinedTo: items.at(-1)?.id ?? null });
      items.push(viewOfAdmin(stored, now));
    }
    return succeed<ListPage<AdminView>>({ items, examinedTo: null });
  };
