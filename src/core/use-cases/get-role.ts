import { builtInRole, viewOfRole } from "../access/role.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

export interface GetRole {
  readonly type: "get-role";
  readonly name: string;
}

export const getRole =
  ({ roles }: Ports) =>
  ({ name }: GetRole) => {
    const known = builtInRole(name);
    const stored = known ? { role: known, tampered: false } : roles.find(name);
    return stored ? succeed(viewOfRole(stored)) : refuse({ code: "role_not_found", name });
  };
