import type { Grant } from "./permissions.ts";

export type Actor =
  | { readonly kind: "admin"; readonly id: string; readonly lineage: string; readonly name: string }
  | { readonly kind: "service"; readonly name: string }
  | { readonly kind: "setup" }
  | { readonly kind: "system" }
  | { readonly kind: "anonymous" };

/** Who sends a command and what for; plain data, because it travels with the command to the object that executes it. */
export interface Caller {
  readonly actor: Actor;
  readonly grants: readonly Grant[];
  readonly requestId: string;
  readonly ip: string | null;
  readonly idempotencyKey: string | null;
  /** SHA-256 of method, path and body; there whenever the request carried an Idempotency-Key. */
  readonly requestDigest?: Uint8Array;
}
