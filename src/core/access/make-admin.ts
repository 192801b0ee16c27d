import { adminPrefix, hintOf } from "../api-key/key-string.ts";
import { newLife } from "../api-key/lifecycle.ts";
import type { Ports } from "../ports.ts";
import type { Admin } from "./admin.ts";

/** A new admin, stored, and the only moment at which its key is known. */
export const makeAdmin = (
  { clock, mint, admins }: Pick<Ports, "clock" | "mint" | "admins">,
  { name, roles, expiresAt }: Pick<Admin, "name" | "roles" | "expiresAt">,
): { readonly admin: Admin; readonly keyString: string } => {
  const bareId = mint.bareId();
  const keyString = mint.keyString(adminPrefix, bareId);
  const admin: Admin = {
    id: `adm_${bareId}`,
    lineage: `adm_${bareId}`,
    name,
    hint: hintOf(keyString, adminPrefix),
    roles,
    enabled: true,
    expiresAt,
    ...newLife(clock.now()),
  };
  admins.insert(admin, keyString);
  return { admin, keyString };
};
