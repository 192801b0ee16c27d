import type { Ports } from "../ports.ts";
import type { Primaries } from "../register.ts";
import { refuse, succeed } from "../result.ts";

/** A shard asks before it writes for the first time under secrets it has no record of. */
export interface AdoptSecrets extends Primaries {
  readonly type: "adopt-secrets";
}

export const adoptSecrets =
  ({ settings }: Ports) =>
  ({ encryption, hmac }: AdoptSecrets) => {
    if (settings.adopt({ encryption, hmac })) return succeed({ encryption, hmac });
    return refuse({
      code: "not_configured",
      settings: ["ENCRYPTION_KEY", "HMAC_SECRET"],
      detail:
        "the admin object does not hold these secrets: deploy a new secret as fallback first, then make it primary",
    });
  };
