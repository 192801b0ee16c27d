import { viewOfAdmin } from "../access/admin.ts";
import type { Caller } from "../access/caller.ts";
import { makeAdmin } from "../access/make-admin.ts";
import { subjectOfAdmin } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

/** Makes the first owner, once in the life of a store. */
export interface SetUp {
  readonly type: "set-up";
  readonly name: string;
}

export const setUp =
  (ports: Ports) =>
  ({ name }: SetUp, caller: Caller) => {
    const { clock, events, settings } = ports;
    if (settings.setUpAt() !== null) return refuse({ code: "already_set_up" });

    const { admin, keyString } = makeAdmin(ports, { name, roles: ["owner"], expiresAt: null });
    settings.recordSetUp(admin.createdAt, admin.id);
    events.append({ type: "setup.completed", subject: subjectOfAdmin(admin) }, caller);
    return succeed({ ...viewOfAdmin({ admin, tampered: false }, clock.now()), key: keyString });
  };
