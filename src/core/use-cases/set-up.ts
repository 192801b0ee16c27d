import type { Admin } from "../access/admin.ts";
import { viewOfAdmin } from "../access/admin.ts";
import type { Caller } from "../access/caller.ts";
import { adminPrefix, hintOf } from "../api-key/key-string.ts";
import { newLife } from "../api-key/lifecycle.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

/** Makes the first owner, once in the life of a store. */
export interface SetUp {
  readonly type: "set-up";
  readonly name: string;
}

export const setUp =
  ({ clock, mint, admins, events, settings }: Ports) =>
  ({ name }: SetUp, caller: Caller) => {
    if (settings.setUpAt() !== null) return refuse({ code: "already_set_up" });

    const now = clock.now();
    const bareId = mint.bareId();
    const keyString = mint.keyString(adminPrefix, bareId);
    const owner: Admin = {
      id: `adm_${bareId}`,
      lineage: `adm_${bareId}`,
      name,
      hint: hintOf(keyString, adminPrefix),
      roles: ["owner"],
      enabled: true,
      expiresAt: null,
      ...newLife(now),
    };
    admins.insert(owner, keyString);
    settings.recordSetUp(now, owner.id);
    events.append(
      { type: "setup.completed", subject: { kind: "admin", id: owner.id, lineage: owner.lineage } },
      caller,
    );
    return succeed({ ...viewOfAdmin(owner, now), key: keyString });
  };
