import { viewOfAdmin } from "../access/admin.ts";
import { grantsOf } from "../access/permissions.ts";
import { statusOf, validUntil } from "../api-key/lifecycle.ts";
import type { Ports } from "../ports.ts";
import { refuse, succeed } from "../result.ts";

export interface AuthenticateAdmin {
  readonly type: "authenticate-admin";
  readonly id: string;
  /** SHA-256 of the presented key string. */
  readonly digest: Uint8Array;
}

/**
 * Names the reason only once the secret itself has matched. The shards there are come along, so that whoever asks next
 * about a key in a new one is not told that there is none.
 */
export const authenticateAdmin =
  ({ clock, admins, settings }: Ports) =>
  ({ id, digest }: AuthenticateAdmin) => {
    const stored = admins.findBySecret(id, digest);
    if (!stored) return refuse({ code: "invalid_credential" });
    if (stored.tampered) return refuse({ code: "invalid_credential", reason: "tampered" });

    const now = clock.now();
    const status = statusOf(stored.admin, now);
    if (status !== "active" && status !== "rotating") {
      if (status === "expired" || status === "rotated") clock.remember(validUntil(stored.admin) ?? 0);
      return refuse({ code: "invalid_credential", reason: status });
    }
    const grants = grantsOf(stored.admin.roles);
    return succeed({ admin: viewOfAdmin(stored.admin, now), grants, shards: settings.shards() });
  };
