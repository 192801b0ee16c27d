import type {
  Admin,
  AdminCreated,
  AdminRevoked,
  AdminRotated,
  CreateAdminRequest,
  ListAdminsQuery,
  ListRolesQuery,
  Me,
  RevokeAdminRequest,
  Role,
  RotateAdminRequest,
  RotateMeRequest,
  SaveRoleRequest,
  UpdateAdminRequest,
} from "../api-types.ts";
import { listOf } from "./list.ts";
import { part } from "./path.ts";
import type { CallOptions, ChangeOptions, ConditionalOptions, Send } from "./send.ts";

const adminPath = (id: string): string => `/v1/admins/${part(id)}`;
const rolePath = (name: string): string => `/v1/roles/${part(name)}`;

export const adminsOf = (send: Send) => ({
  /** The member `key` of the answer is the admin key. */
  create: async (body: CreateAdminRequest, options: ChangeOptions = {}) =>
    send<AdminCreated>({ method: "POST", path: "/v1/admins", body, onceOnly: true, ...options }),

  list: (query: ListAdminsQuery = {}, options: CallOptions = {}) => listOf<Admin>(send, "/v1/admins", query, options),

  get: async (id: string, options: CallOptions = {}) => send<Admin>({ method: "GET", path: adminPath(id), ...options }),

  update: async (id: string, body: UpdateAdminRequest, options: ConditionalOptions = {}) =>
    send<Admin>({ method: "PATCH", path: adminPath(id), body, onceOnly: true, ...options }),

  rotate: async (id: string, body: RotateAdminRequest = {}, options: ConditionalOptions = {}) =>
    send<AdminRotated>({ method: "POST", path: `${adminPath(id)}/rotate`, body, onceOnly: true, ...options }),

  revoke: async (id: string, body: RevokeAdminRequest = {}, options: ConditionalOptions = {}) =>
    send<AdminRevoked>({ method: "POST", path: `${adminPath(id)}/revoke`, body, onceOnly: true, ...options }),
});

export const rolesOf = (send: Send) => ({
  list: (query: ListRolesQuery = {}, options: CallOptions = {}) => listOf<Role>(send, "/v1/roles", query, options),

  get: async (name: string, options: CallOptions = {}) =>
    send<Role>({ method: "GET", path: rolePath(name), ...options }),

  /** Makes it, or puts it in the place of the one of this name. */
  save: async (name: string, body: SaveRoleRequest, options: ConditionalOptions = {}) =>
    send<Role>({ method: "PUT", path: rolePath(name), body, onceOnly: true, ...options }),

  delete: async (name: string, options: ConditionalOptions = {}) =>
    send<void>({ method: "DELETE", path: rolePath(name), onceOnly: true, ...options }),
});

/** The admin whose key this client has. */
export const meOf = (send: Send) => ({
  get: async (options: CallOptions = {}) => send<Me>({ method: "GET", path: "/v1/me", ...options }),

  /** A new admin key for myself. This client goes on with the old one, which works until its grace ends. */
  rotate: async (body: RotateMeRequest = {}, options: ConditionalOptions = {}) =>
    send<AdminRotated>({ method: "POST", path: "/v1/me/rotate", body, onceOnly: true, ...options }),
});
