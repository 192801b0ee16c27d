import { statusOf, validUntil } from "../api-key/lifecycle.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";
import { type StoredAdmin, viewOfAdmin } from "./admin.ts";
import { grantsOf } from "./role.ts";

/**
 * Who an admin key, or a session opened with it, stands for at this moment. The shards there are come along, so that
 * whoever asks next about a key in a new one is not told that there is none.
 */
export const identifyAdmin = (
  { clock, roles, settings }: Pick<Ports, "clock" | "roles" | "settings">,
  stored: StoredAdmin,
) => {
  if (stored.tampered) return refuse({ code: "invalid_credential", reason: "tampered" });
  const now = clock.now();
  const status = statusOf(stored.admin, now);
  if (status !== "active" && status !== "rotating") {
    if (status === "expired" || status === "rotated") clock.remember(validUntil(stored.admin) ?? 0);
    return refuse({ code: "invalid_credential", reason: status });
  }
  return succeed({
    admin: viewOfAdmin(stored, now),
    grants: grantsOf(roles, stored.admin.roles),
    shards: settings.shards(),
  });
};
