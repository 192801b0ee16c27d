import type { Caller } from "../access/caller.ts";
import { holdsEvery } from "../access/holds-every.ts";
import { builtInRole, everyRight, grantOf, type Role, viewOfRole } from "../access/role.ts";
import { differences, subjectOfRole } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import { type Conditional, isMet } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";

/** Makes a role, or replaces one: its holders have the new rights from their next request on. */
export interface SaveRole extends Conditional, Pick<Role, "name" | "description" | "permissions" | "constraint"> {
  readonly type: "save-role";
}

const told = ({ description, permissions, constraint }: Pick<Role, "description" | "permissions" | "constraint">) => ({
  description,
  permissions,
  constraint: constraint && { ...constraint },
});

const nothing = { description: null, permissions: null, constraint: null };

const roleOf = (
  { name, description, permissions, constraint }: SaveRole,
  before: Role | undefined,
  now: number,
): Role => ({
  name,
  description,
  permissions,
  constraint,
  createdAt: before?.createdAt ?? now,
  updatedAt: now,
  version: (before?.version ?? 0) + 1,
});

const isWantedVersion = (command: SaveRole, before: Role | undefined): boolean =>
  before ? isMet(command, before.version) : command.ifVersions === undefined && command.ifExists === undefined;

const refusalOf = (command: SaveRole, before: Role | undefined, after: Role, isTampered: boolean, caller: Caller) => {
  const held = isTampered ? everyRight : before ? [grantOf(before)] : [];
  const rights = [...held, grantOf(after)];
  if (!holdsEvery(caller.grants, rights)) return refuse({ code: "exceeds_grantor" });
  if (!isWantedVersion(command, before)) return refuse({ code: "version_mismatch", version: before?.version ?? 0 });
  if (builtInRole(command.name)) return refuse({ code: "built_in_role", name: command.name });
  return isTampered ? refuse({ code: "tampered", id: command.name }) : undefined;
};

export const saveRole =
  ({ clock, roles, events }: Ports) =>
  (command: SaveRole, caller: Caller) => {
    const stored = roles.find(command.name);
    const before = builtInRole(command.name) ?? stored?.role;
    const role = roleOf(command, before, clock.now());
    const refusal = refusalOf(command, before, role, stored?.tampered ?? false, caller);
    if (refusal) return refusal;

    const changes = differences(before ? told(before) : nothing, told(role));
    if (before && Object.keys(changes).length === 0) {
      return succeed({ ...viewOfRole({ role: before, tampered: false }), isNew: false });
    }
    roles.save(role);
    events.append({ type: "role.saved", subject: subjectOfRole(role), changes }, caller);
    return succeed({ ...viewOfRole({ role, tampered: false }), isNew: before === undefined });
  };
