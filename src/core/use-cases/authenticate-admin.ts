import type { Caller } from "../access/caller.ts";
import { identifyAdmin } from "../access/identify-admin.ts";
import { tellRefusal } from "../access/tell-refusal.ts";
import type { Ports } from "../ports.ts";
import { refuse } from "../result.ts";

export interface AuthenticateAdmin {
  readonly type: "authenticate-admin";
  readonly id: string;
  /** SHA-256 of the presented key string. */
  readonly digest: Uint8Array;
}

/** Names the reason only once the secret itself has matched. Only then is a refusal an event: forgeries write nothing. */
export const authenticateAdmin =
  (ports: Ports) =>
  ({ id, digest }: AuthenticateAdmin, caller: Caller) => {
    const stored = ports.admins.findBySecret(id, digest);
    if (!stored) return refuse({ code: "invalid_credential" });
    const identified = identifyAdmin(ports, stored);
    if (identified.ok) return identified;
    const { lineage, name } = stored.admin;
    tellRefusal(ports, { ...caller, actor: { kind: "admin", id, lineage, name } }, identified.failure.reason, null);
    return identified;
  };
