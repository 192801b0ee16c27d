import { type Admin, viewOfAdmin } from "../access/admin.ts";
import type { Caller } from "../access/caller.ts";
import { endsLastOwner, findAdminToManage } from "../access/find-admin.ts";
import { adminPrefix, hintOf } from "../api-key/key-string.ts";
import { toTimestampOrNull } from "../api-key/key-view.ts";
import { rotationRefusal, tooManyInGrace } from "../api-key/lifecycle.ts";
import { replaceBy, succeedTo } from "../api-key/living-record.ts";
import { subjectOfAdmin } from "../audit-event.ts";
import type { Ports } from "../ports.ts";
import type { Conditional } from "../precondition.ts";
import { refuse, succeed } from "../result.ts";

export interface RotateAdmin extends Conditional {
  readonly type: "rotate-admin";
  readonly id: string;
  readonly graceSeconds: number;
}

/** A new key for the same admin under a new id; the old key works on until its grace ends. */
export const rotateAdmin = (ports: Ports) => (command: RotateAdmin, caller: Caller) => {
  const { clock, mint, admins, events } = ports;
  const found = findAdminToManage(ports, command, caller);
  if (!found.ok) return found;
  const { admin: old, tampered } = found.value;
  if (tampered) return refuse({ code: "tampered", id: old.id });
  const now = clock.now();
  const lineage = () => admins.lineage(old.lineage).map(({ admin }) => admin);
  const refusal = rotationRefusal(old, now) ?? tooManyInGrace(lineage(), now);
  if (refusal) return refusal;

  const bareId = mint.bareId();
  const keyString = mint.keyString(adminPrefix, bareId);
  const successor: Admin = succeedTo(old, `adm_${bareId}`, hintOf(keyString, adminPrefix), now);
  const replaced = replaceBy(old, successor.id, command.graceSeconds, now);
  if (endsLastOwner(ports, [found.value], [replaced, successor])) return refuse({ code: "last_owner" });
  admins.insert(successor, keyString);
  admins.save(found.value, replaced);
  events.append(
    {
      type: "admin.rotated",
      subject: subjectOfAdmin(replaced),
      changes: {
        successor: { from: null, to: successor.id },
        graceEndsAt: { from: null, to: toTimestampOrNull(replaced.graceEndsAt) },
      },
    },
    caller,
  );
  return succeed({
    ...viewOfAdmin({ admin: successor, tampered: false }, now),
    key: keyString,
    replaced: viewOfAdmin({ admin: replaced, tampered: false }, now),
  });
};
