import { identifyAdmin } from "../access/identify-admin.ts";
import type { Ports } from "../ports.ts";
import { refuse } from "../result.ts";

export interface AuthenticateAdmin {
  readonly type: "authenticate-admin";
  readonly id: string;
  /** SHA-256 of the presented key string. */
  readonly digest: Uint8Array;
}

/** Names the reason only once the secret itself has matched. */
export const authenticateAdmin =
  (ports: Ports) =>
  ({ id, digest }: AuthenticateAdmin) => {
    const stored = ports.admins.findBySecret(id, digest);
    return stored ? identifyAdmin(ports, stored) : refuse({ code: "invalid_credential" });
  };
