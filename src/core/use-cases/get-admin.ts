import { viewOfAdmin } from "../access/admin.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

export interface GetAdmin {
  readonly type: "get-admin";
  readonly id: string;
}

export const getAdmin =
  ({ clock, admins }: Ports) =>
  ({ id }: GetAdmin) => {
    const stored = admins.find(id);
    return stored ? succeed(viewOfAdmin(stored, clock.now())) : refuse({ code: "admin_not_found", id });
  };
