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

/** Names the reason only once the secret itself has matched. */
export const authenticateAdmin =
  ({ clock, admins }: Ports) =>
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
    return succeed({ admin: viewOfAdmin(stored.admin, now), grants: grantsOf(stored.admin.roles) });
  };
