import type { Reencryption, System } from "../api-types.ts";
import type { CallOptions, Send } from "./send.ts";

const path = "/v1/system/reencrypt";

export const systemOf = (send: Send) => ({
  /** Shards, and the manager's own secrets by their fingerprints. */
  get: async (options: CallOptions = {}) => send<System>({ method: "GET", path: "/v1/system", ...options }),

  /** How far the re-encryption is. */
  reencryption: async (options: CallOptions = {}) => send<Reencryption>({ method: "GET", path, ...options }),

  /** Brings every record under the present secrets, in the background; goes on where it was paused. */
  startReencryption: async (options: CallOptions = {}) =>
    send<Reencryption>({ method: "POST", path, body: { action: "start" }, isRepeatable: true, ...options }),

  pauseReencryption: async (options: CallOptions = {}) =>
    send<Reencryption>({ method: "POST", path, body: { action: "pause" }, isRepeatable: true, ...options }),
});
