import type {
  BulkKeysRequest,
  BulkResults,
  CancelRotationRequest,
  CreateKeyRequest,
  GetKeyUsageQuery,
  Key,
  KeyCreated,
  KeyRevealed,
  KeyRevoked,
  KeyRotated,
  KeyUsage,
  ListKeysQuery,
  RevealKeyRequest,
  RevokeKeyRequest,
  RotateKeyRequest,
  UpdateKeyRequest,
} from "../api-types.ts";
import { listOf } from "./list.ts";
import { part } from "./path.ts";
import type { CallOptions, ChangeOptions, ConditionalOptions, Send } from "./send.ts";

const pathOf = (id: string): string => `/v1/keys/${part(id)}`;

export const keysOf = (send: Send) => ({
  /** The member `key` of the answer is the secret: show it to whom it is for, and keep it nowhere. */
  create: async (body: CreateKeyRequest, options: ChangeOptions = {}) =>
    send<KeyCreated>({ method: "POST", path: "/v1/keys", body, onceOnly: true, ...options }),

  /** Newest first. */
  list: (query: ListKeysQuery = {}, options: CallOptions = {}) => listOf<Key>(send, "/v1/keys", query, options),

  get: async (id: string, options: CallOptions = {}) => send<Key>({ method: "GET", path: pathOf(id), ...options }),

  /** A merge patch: null clears `expiresAt`, `metadata` or a member of metadata. */
  update: async (id: string, body: UpdateKeyRequest, options: ConditionalOptions = {}) =>
    send<Key>({ method: "PATCH", path: pathOf(id), body, onceOnly: true, ...options }),

  /** The successor with its secret; the old key works on for `graceSeconds`. */
  rotate: async (id: string, body: RotateKeyRequest = {}, options: ConditionalOptions = {}) =>
    send<KeyRotated>({ method: "POST", path: `${pathOf(id)}/rotate`, body, onceOnly: true, ...options }),

  /** On the old key: its grace ends now. */
  finishRotation: async (id: string, options: ConditionalOptions = {}) =>
    send<Key>({ method: "POST", path: `${pathOf(id)}/rotation/finish`, onceOnly: true, ...options }),

  /** On the old key: it is active again, and its successor revoked. */
  cancelRotation: async (id: string, body: CancelRotationRequest = {}, options: ConditionalOptions = {}) =>
    send<Key>({ method: "POST", path: `${pathOf(id)}/rotation/cancel`, body, onceOnly: true, ...options }),

  /** And every predecessor still in grace; with `lineage` every key of the chain. */
  revoke: async (id: string, body: RevokeKeyRequest = {}, options: ConditionalOptions = {}) =>
    send<KeyRevoked>({ method: "POST", path: `${pathOf(id)}/revoke`, body, onceOnly: true, ...options }),

  /** One that is revoked, expired or rotated. */
  delete: async (id: string, options: ConditionalOptions = {}) =>
    send<void>({ method: "DELETE", path: pathOf(id), onceOnly: true, ...options }),

  /** The secret once more, and an event that says who asked and why; one for each attempt that was needed. */
  reveal: async (id: string, body: RevealKeyRequest, options: CallOptions = {}) =>
    send<KeyRevealed>({ method: "POST", path: `${pathOf(id)}/reveal`, body, isRepeatable: true, ...options }),

  /** Each key is judged by itself. */
  bulk: async (body: BulkKeysRequest, options: CallOptions = {}) =>
    send<BulkResults>({
      method: "POST",
      path: "/v1/keys/bulk",
      body,
      isRepeatable: body.action === "revoke",
      ...options,
    }),

  /** How validations of it ended, hour by hour. */
  usage: async (id: string, query: GetKeyUsageQuery = {}, options: CallOptions = {}) =>
    send<KeyUsage>({ method: "GET", path: `${pathOf(id)}/usage`, query, ...options }),
});
