import type { Json } from "./api-key/api-key.ts";

export type EventType = "key.created" | "key.revoked" | "key.tampered" | "setup.completed";

interface EventSubject {
  readonly kind: "key" | "admin" | "role" | "system";
  readonly id: string;
  readonly lineage?: string;
  readonly owner?: string;
  readonly prefix?: string;
}

type Changes = { readonly [field: string]: { readonly from: Json; readonly to: Json } };

/** What a use case has to tell; who did it, when, and the place in the chain are added where it is stored. Never a secret. */
export interface AuditEvent {
  readonly type: EventType;
  readonly subject: EventSubject;
  readonly changes?: Changes;
  readonly reason?: string | null;
  readonly note?: string | null;
}
