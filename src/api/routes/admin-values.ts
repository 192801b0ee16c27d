import * as z from "zod/mini";
import { isRoleName, roleNamePattern } from "../../core/access/role.ts";
import { listOf, text } from "../schema.ts";

const roleNameValue = text(isRoleName, "the name of a role: a-z, 0-9, _ and -, 64 at most, a letter first", {
  pattern: roleNamePattern.source,
  examples: ["issuer"],
});

const rolesMax = 16;

export const rolesValue = listOf(roleNameValue, rolesMax).check(
  z.minLength(1, "must name at least one role; to take all rights away, disable or revoke the admin"),
  z.describe("The roles it holds. Only what the caller holds too may be given."),
);
