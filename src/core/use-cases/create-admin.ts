import { viewOfAdmin } from "../access/admin.ts";
import type { Caller } from "../access/caller.ts";
import { unknownRoles } from "../access/find-admin.ts";
import { holdsEvery } from "../access/holds-every.ts";
import { makeAdmin } from "../access/make-admin.ts";
import { grantsOf } from "../access/role.ts";
import { toTimestampOrNull } from "../api-key/key-view.ts";
import { subjectOfAdmin } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

export interface CreateAdmin {
  readonly type: "create-admin";
  readonly name: string;
  readonly roles: readonly string[];
  readonly expiresAt: number | null;
}

export const createAdmin =
  (ports: Ports) =>
  ({ name, roles, expiresAt }: CreateAdmin, caller: Caller) => {
    const now = ports.clock.now();
    if (expiresAt !== null && expiresAt <= now) return refuse({ code: "expiry_in_the_past" });
    const unknown = unknownRoles(ports, roles);
    if (unknown.length > 0) return refuse({ code: "unknown_roles", roles: unknown });
    if (!holdsEvery(caller.grants, grantsOf(ports.roles, roles))) return refuse({ code: "exceeds_grantor" });

    const { admin, keyString } = makeAdmin(ports, { name, roles, expiresAt });
    ports.events.append(
      {
        type: "admin.created",
        subject: subjectOfAdmin(admin),
        changes: {
          name: { from: null, to: name },
          roles: { from: null, to: roles },
          expiresAt: { from: null, to: toTimestampOrNull(expiresAt) },
        },
      },
      caller,
    );
    return succeed({ ...viewOfAdmin({ admin, tampered: false }, now), key: keyString });
  };
