import type { Caller } from "./access/caller.ts";
import { mayGrant, maySee } from "./access/decide.ts";
import { mayActOnAdmin } from "./access/find-admin.ts";
import { holdsEvery } from "./access/holds-every.ts";
import type { Grant, Permission } from "./access/permissions.ts";
import { everyRight, grantOf } from "./access/role.ts";
import { subjectOf, subjectOfAdmin } from "./audit-event.ts";
import type { KeptAnswer } from "./kept-answer.ts";
import type { Ports } from "./ports.ts";

/** What it takes to be shown the answer to a command again. */
type Right =
  | {
      readonly about: "key";
      readonly permission: Permission;
      /** It hands out or revives what the key may do, so the caller must hold the scopes; otherwise seeing the key is enough. */
      readonly hands: boolean;
    }
  | { readonly about: "admin" | "role" };

const onAdmin: Right = { about: "admin" };
const onRole: Right = { about: "role" };
const onKey = (permission: Permission, hands: boolean): Right => ({ about: "key", permission, hands });

/** Commands whose first answer is kept, and the right that each of them takes. */
const rightsOfKept = {
  "cancel-rotation": onKey("keys:rotate", true),
  "create-admin": onAdmin,
  "create-key": onKey("keys:create", true),
  "delete-key": onKey("keys:delete", false),
  "delete-role": onRole,
  "finish-rotation": onKey("keys:rotate", false),
  "revoke-admin": onAdmin,
  "revoke-key": onKey("keys:revoke", false),
  "rotate-admin": onAdmin,
  "rotate-key": onKey("keys:rotate", true),
  "save-role": onRole,
  "update-admin": onAdmin,
  "update-key": onKey("keys:update", true),
} as const satisfies Readonly<Record<string, Right>>;

export type KeptCommand = keyof typeof rightsOfKept;

export const rightOf = (type: string): Right | undefined =>
  Object.hasOwn(rightsOfKept, type) ? rightsOfKept[type as KeptCommand] : undefined;

const beginnings = { key: "key_", admin: "adm_", role: "role:" } as const;

/** An Idempotency-Key that was used for something of another kind was not used for this request. */
export const isAbout = ({ about }: Right, { subjectId }: KeptAnswer): boolean =>
  subjectId.startsWith(beginnings[about]);

interface Bearing {
  readonly owner: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
}

const mayHandle = (grants: readonly Grant[], permission: Permission, hands: boolean, bearing: Bearing): boolean =>
  hands ? mayGrant(grants, permission, bearing, bearing.scopes) : maySee(grants, permission, bearing);

/** Under what the answer about a role is kept: roles have a name and no id. */
export const subjectIdOfRole = (name: string): string => `${beginnings.role}${name}`;

const nameOfRole = (subjectId: string): string => subjectId.slice(beginnings.role.length);

/** Whether the caller might do now what was done then. */
export const isAllowed = ({ admins, roles }: Ports, right: Right, kept: KeptAnswer, caller: Caller): boolean => {
  const { grants } = caller;
  if (right.about === "key") return mayHandle(grants, right.permission, right.hands, kept);
  if (right.about === "admin") {
    const stored = admins.find(kept.subjectId);
    return stored !== undefined && mayActOnAdmin(roles, caller, stored);
  }
  const stored = roles.find(nameOfRole(kept.subjectId));
  return !stored || holdsEvery(grants, stored.tampered ? everyRight : [grantOf(stored.role)]);
};

/** The record whose secret stands in an answer, and whether the caller might hand out what it may do now. */
export const holderOfSecret = ({ apiKeys, admins, roles }: Ports, right: Right, id: string, caller: Caller) => {
  if (right.about === "key") {
    const stored = apiKeys.find(id);
    const mayHave = (key: Bearing) => mayHandle(caller.grants, right.permission, right.hands, key);
    return (
      stored && {
        record: stored.key,
        tampered: stored.tampered,
        subject: subjectOf(stored.key),
        isAllowed: mayHave(stored.key),
      }
    );
  }
  const stored = admins.find(id);
  return (
    stored && {
      record: stored.admin,
      tampered: stored.tampered,
      subject: subjectOfAdmin(stored.admin),
      isAllowed: mayActOnAdmin(roles, caller, stored),
    }
  );
};
