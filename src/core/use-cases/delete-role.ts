import type { Caller } from "../access/caller.ts";
import { holdsEvery } from "../access/holds-every.ts";
import { builtInRole, everyRight, grantOf } from "../access/role.ts";
import { subjectOfRole } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import { type Conditional, isMet } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";

/** Only a role that no admin holds, not even a dead one: a role of the same name made later would be theirs. */
export interface DeleteRole extends Conditional {
  readonly type: "delete-role";
  readonly name: string;
}

export const deleteRole =
  ({ admins, roles, events }: Ports) =>
  (command: DeleteRole, caller: Caller) => {
    const { name } = command;
    const stored = roles.find(name);
    const role = builtInRole(name) ?? stored?.role;
    if (!role) return refuse({ code: "role_not_found", name });
    const rights = stored?.tampered ? everyRight : [grantOf(role)];
    if (!holdsEvery(caller.grants, rights)) return refuse({ code: "exceeds_grantor" });
    if (!isMet(command, role.version)) return refuse({ code: "version_mismatch", version: role.version });
    if (builtInRole(name)) return refuse({ code: "built_in_role", name });
    if (admins.isRoleHeld(name)) return refuse({ code: "role_in_use", name });

    roles.remove(name);
    events.append({ type: "role.deleted", subject: subjectOfRole(role) }, caller);
    return succeed({ name });
  };
