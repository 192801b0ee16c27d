import type { Statistics, ValidateKeyRequest, Verdict } from "../api-types.ts";
import { adminsOf, meOf, rolesOf } from "./admins.ts";
import { eventsOf } from "./events.ts";
import { keysOf } from "./keys.ts";
import { type CallOptions, type LatchkeyOptions, sender } from "./send.ts";
import { systemOf } from "./system.ts";

/** The REST API of a manager. Every call answers what the manager answered, or throws a `LatchkeyProblem`. */
export const createLatchkey = (options: LatchkeyOptions) => {
  const send = sender(options);
  return {
    keys: keysOf(send),
    admins: adminsOf(send),
    roles: rolesOf(send),
    me: meOf(send),
    events: eventsOf(send),
    system: systemOf(send),

    /** Figures about the keys one may see. */
    stats: async (options: CallOptions = {}) => send<Statistics>({ method: "GET", path: "/v1/stats", ...options }),

    /** A verdict, whatever the key. Workers in the same account ask through a service binding instead: see `guard`. */
    validate: async (body: ValidateKeyRequest, options: CallOptions = {}) =>
      send<Verdict>({ method: "POST", path: "/v1/validate", body, isRepeatable: true, ...options }),

    /** Any other route, also one that is newer than this client. */
    send,
  };
};

export type Latchkey = ReturnType<typeof createLatchkey>;
