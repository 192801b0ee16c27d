/** Made by scripts/client-types.mjs from the routes of the manager: not to be edited. */

/** The key is good for what was asked. */
export interface Accepted {
  readonly valid: true;
  readonly code: "valid";
  /** Names the key. */
  readonly id: string;
  /** The id of the first key of its chain. */
  readonly lineage: string;
  /** Whose key it is. */
  readonly owner: string;
  /** What it is called. */
  readonly name: string;
  /** What it begins with. */
  readonly prefix: string;
  /** All it may do. */
  readonly scopes: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The last millisecond at which it is good; null means never to expire. */
  readonly expiresAt: string | null;
  /** The earlier of its expiry and the end of its grace. */
  readonly validUntil: string | null;
  readonly warnings: readonly Warning[];
}

/** The key is good. */
export interface ActiveToken {
  readonly active: true;
  /** All it may do, separated by spaces: scopes as the key holds them, wildcards too. */
  readonly scope: string;
  /** Whose key it is. */
  readonly sub: string;
  /** The id of the first key of its chain. */
  readonly client_id: string;
  /** The earlier of its expiry and the end of its grace, in seconds since 1970. */
  readonly exp?: number | undefined;
  /** When it was made, in seconds since 1970. */
  readonly iat: number;
  readonly token_type: "Bearer";
}

/** Who did it. */
export interface Actor {
  /** What sort of caller it was. */
  readonly kind: "admin" | "service" | "setup" | "system" | "anonymous" | (string & {});
  /** The id of the admin. */
  readonly id?: string | undefined;
  /** The lineage of the admin. */
  readonly lineage?: string | undefined;
  /** The name of the admin, or of the sibling Worker. */
  readonly name?: string | undefined;
}

/** Who manages keys: a person or a program, with an admin key. */
export interface Admin {
  /** Names this admin key; it may be logged. */
  readonly id: string;
  /** The id of the first key of its chain: it stays through all rotations. */
  readonly lineage: string;
  /** As given. */
  readonly name: string;
  /** To recognize the admin key by: its prefix and its last four characters. */
  readonly hint: string;
  /** The roles it holds. */
  readonly roles: readonly string[];
  /** The first that applies. There may be new ones: treat one you do not know as not usable. */
  readonly status: "revoked" | "expired" | "rotated" | "disabled" | "rotating" | "active" | (string & {});
  /** False refuses it until it is true again. */
  readonly enabled: boolean;
  /** When it was made. */
  readonly createdAt: string;
  /** When it was last changed. */
  readonly updatedAt: string;
  /** The last millisecond at which it is good; null means never to expire. */
  readonly expiresAt: string | null;
  readonly rotation: Rotation;
  /** When it was revoked. */
  readonly revokedAt: string | null;
  /** Why, as a word. */
  readonly revocationReason: string | null;
  /** Why, in words. */
  readonly revocationNote: string | null;
  /** 1, and one more with every change; uses do not count. The ETag holds it. */
  readonly version: number;
  /** Only there when the stored record is not the one Latchkey signed: do not believe its members. */
  readonly tampered?: true | undefined;
}

/** An admin that was just made, with its key. */
export type AdminCreated = Admin & {
  /** The whole admin key, for the only time: keep it. */
  readonly key: string;
};

/** A page of admins. */
export interface AdminList {
  /** Newest first. There may be few, or none, although more follow. */
  readonly items: readonly Admin[];
  /** `cursor` of the next page. Only null ends the list. */
  readonly nextCursor: string | null;
}

/** The admin, and which older keys were revoked with it. */
export type AdminRevoked = Admin & {
  /** The ids of older keys that were revoked too. */
  readonly alsoRevoked: readonly string[];
};

/** The admin under its new id, and the key it replaces. */
export type AdminRotated = Admin & {
  /** The whole new admin key, for the only time: keep it. */
  readonly key: string;
  readonly replaced: Admin;
};

export interface BulkKeysRequest {
  /** Which keys, up to 200. */
  readonly ids: readonly string[];
  /** What to do with each; enabling and disabling take `keys:update`, revoking `keys:revoke`. */
  readonly action: "enable" | "disable" | "revoke";
  /** A word like `leaked`: a-z, 0-9 and _, 64 at most, a letter first. */
  readonly reason?: string | undefined;
  /** True does nothing and tells what would be done. */
  readonly dryRun?: boolean | undefined;
}

/** What became of one key. */
export interface BulkResult {
  /** As it was given. */
  readonly id: string;
  /** Whether it was done. */
  readonly ok: boolean;
  /** Why not: a problem code. */
  readonly code?: string | undefined;
  /** Predecessors in grace that were revoked with it. */
  readonly alsoRevoked?: readonly string[] | undefined;
}

/** One result for each id, in the order given. */
export interface BulkResults {
  readonly results: readonly BulkResult[];
}

export interface CancelRotationRequest {
  /** Also when the successor is in use. */
  readonly force?: boolean | undefined;
}

/** How far the events of one object are verified. */
export interface Chain {
  /** The object whose chain it is. */
  readonly object: string;
  /** How many events it ought to hold. */
  readonly events: number;
  /** The sequence up to which every event is the one that was written. */
  readonly verifiedThrough: number;
  /** The hash of the newest event; null when the record of it cannot be believed. */
  readonly head: string | null;
  /** The sequence of the first event that is missing, changed, or one too many. */
  readonly firstBroken?: number | undefined;
}

/** What a role is narrowed to. */
export interface Constraint {
  /** Only keys of these owners; `*` is any run of characters. */
  readonly owners?: readonly string[] | undefined;
  /** Only keys with these prefixes; `*` is any run of characters. */
  readonly prefixes?: readonly string[] | undefined;
  /** Only these scopes may be handed on. */
  readonly scopes?: readonly string[] | undefined;
}

export interface CreateAdminRequest {
  /** 1 to 128 characters, none of them a control or text-direction character. */
  readonly name: string;
  /** The roles it holds. Only what the caller holds too may be given. */
  readonly roles: readonly string[];
  /** A time in the future. Without it the key never expires. */
  readonly expiresAt?: string | undefined;
}

export interface CreateKeyRequest {
  /** 1 to 128 characters, none of them a control or text-direction character. */
  readonly name: string;
  /** 1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ / | + = -, the first a letter or digit. */
  readonly owner: string;
  /** What the key may do; none of it where the list is empty. `*` stands for a whole segment. */
  readonly scopes?: readonly string[] | undefined;
  /** 1 to 16 of a-z 0-9, a letter first, and perhaps _ and 1 to 16 more; lk_admin is reserved. */
  readonly prefix?: string | undefined;
  /** A time in the future (RFC 3339, any offset). Without it and `expiresInSeconds` it never expires. */
  readonly expiresAt?: string | undefined;
  /** How long it is good, from now on. Not beside `expiresAt`. */
  readonly expiresInSeconds?: number | undefined;
  /** An object of your own: at most 4096 bytes as JSON, 5 levels, no member called `__proto__`, no members that are null. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** A key made with false is refused as `disabled`. */
  readonly enabled?: boolean | undefined;
  /** True keeps it encrypted as a whole, so that it can be revealed; false only its SHA-256. */
  readonly recoverable?: boolean | undefined;
}

/** One entry of the audit trail. */
export interface Event {
  /** The id of the event. */
  readonly id: string;
  /** When it happened. */
  readonly at: string;
  /** What happened. There may be new types. */
  readonly type: string;
  readonly actor: Actor;
  readonly subject: Subject;
  /** The `X-Request-Id` of the request. */
  readonly requestId: string;
  /** Whence the request came, where the platform says so. */
  readonly ip?: string | undefined;
  /** The fields that became different, by name. Never a secret. */
  readonly changes?:
    | Readonly<
        Record<
          string,
          {
            /** What was there before. */
            readonly from: unknown;
            /** What is there now. */
            readonly to: unknown;
          }
        >
      >
    | undefined;
  /** Why, as a word. */
  readonly reason?: string | undefined;
  /** Why, in words. */
  readonly note?: string | undefined;
  /** The object whose chain it stands in. */
  readonly chain: string;
  /** Its place in that chain, from 1. */
  readonly sequence: number;
  /** The hash of the event before it, in hexadecimal. */
  readonly previousHash: string;
  /** Its own hash, in hexadecimal. */
  readonly hash: string;
}

/** A page of events. */
export interface EventList {
  /** Newest first. There may be few, or none, although more follow. */
  readonly items: readonly Event[];
  /** `cursor` of the next page. Only null ends the list. */
  readonly nextCursor: string | null;
}

/** One place in the request that is wrong. */
export interface Fault {
  /** The member of the body, as a JSON pointer in a URI fragment. */
  readonly pointer?: string | undefined;
  /** The query parameter. */
  readonly parameter?: string | undefined;
  /** The request header. */
  readonly header?: string | undefined;
  /** What is wrong there, as a word. */
  readonly code: string;
  /** What is wrong there, as a sentence. */
  readonly detail: string;
}

/** The permissions of one role within its constraint. Roles never mix. */
export interface Grant {
  /** The role that gives it. */
  readonly role: string;
  readonly permissions: readonly (
    | "keys:create"
    | "keys:read"
    | "keys:update"
    | "keys:rotate"
    | "keys:revoke"
    | "keys:delete"
    | "keys:reveal"
    | "keys:validate"
    | "admins:read"
    | "admins:manage"
    | "roles:read"
    | "roles:manage"
    | "events:read"
    | "system:read"
    | "system:manage"
    | (string & {})
  )[];
  readonly constraint: Constraint | null;
}

/** The Worker runs. */
export interface Health {
  readonly status: "ok";
}

/** The key is not good; why is not told. */
export interface InactiveToken {
  readonly active: false;
}

export interface IntrospectKeyRequest {
  /** What was presented, any text at all. */
  readonly token: string;
}

/** Whether a token is active (RFC 7662). */
export type Introspection = ActiveToken | InactiveToken;

/** A key, without its secret. */
export interface Key {
  /** Names this key; it may be logged. */
  readonly id: string;
  /** The id of the first key of its chain. It stays through all rotations: store this, act on `id`. */
  readonly lineage: string;
  /** As given. */
  readonly name: string;
  /** Whose key it is, in your words. */
  readonly owner: string;
  /** What the key string begins with; it never changes. */
  readonly prefix: string;
  /** To recognize the key by: its prefix and its last four characters. */
  readonly hint: string;
  /** What it may do; `*` stands for a whole segment. */
  readonly scopes: readonly string[];
  /** An object of your own. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Whether the secret can be shown once more. */
  readonly recoverable: boolean;
  /** The first that applies. There may be new ones: treat one you do not know as not usable. */
  readonly status: "revoked" | "expired" | "rotated" | "disabled" | "rotating" | "active" | (string & {});
  /** False refuses it until it is true again. */
  readonly enabled: boolean;
  /** When it was made. */
  readonly createdAt: string;
  /** When it was last changed. */
  readonly updatedAt: string;
  /** The last millisecond at which it is good; null means never to expire. */
  readonly expiresAt: string | null;
  readonly rotation: Rotation;
  /** When it was revoked. */
  readonly revokedAt: string | null;
  /** Why, as a word. */
  readonly revocationReason: string | null;
  /** Why, in words. */
  readonly revocationNote: string | null;
  /** 1, and one more with every change; uses do not count. The ETag holds it. */
  readonly version: number;
  /** When a validation last accepted it; written down some seconds later. */
  readonly lastUsedAt: string | null;
  /** Only there when the stored record is not the one Latchkey signed: do not believe its members. */
  readonly tampered?: true | undefined;
}

/** How many keys there are. */
export interface KeyCounts {
  /** All of them. */
  readonly total: number;
  readonly byStatus: StatusCounts;
}

/** A key that was just made, with its secret. */
export type KeyCreated = Key & {
  /** The whole key string. Keep it: it is shown in this answer and, if at all, by reveal. */
  readonly key: string;
};

/** A page of keys. */
export interface KeyList {
  /** Newest first. There may be few, or none, although more follow. */
  readonly items: readonly Key[];
  /** `cursor` of the next page. Only null ends the list. */
  readonly nextCursor: string | null;
}

/** The whole key. */
export interface KeyRevealed {
  /** The whole key string. Keep it: it is shown in this answer and, if at all, by reveal. */
  readonly key: string;
}

/** The key, and which others were revoked with it. */
export type KeyRevoked = Key & {
  /** The ids of the keys that this act revoked too. */
  readonly alsoRevoked: readonly string[];
};

/** The successor with its secret, and the key it replaces. */
export type KeyRotated = Key & {
  /** The whole key string. Keep it: it is shown in this answer and, if at all, by reveal. */
  readonly key: string;
  readonly replaced: Key;
};

/** How validations of a key ended, in the order of the hours. */
export interface KeyUsage {
  readonly buckets: readonly UsageBucket[];
}

/** The admin who asks, and what they may do. */
export type Me = Admin & {
  /** All that some role gives. */
  readonly permissions: readonly (
    | "keys:create"
    | "keys:read"
    | "keys:update"
    | "keys:rotate"
    | "keys:revoke"
    | "keys:delete"
    | "keys:reveal"
    | "keys:validate"
    | "admins:read"
    | "admins:manage"
    | "roles:read"
    | "roles:manage"
    | "events:read"
    | "system:read"
    | "system:manage"
    | (string & {})
  )[];
  readonly grants: readonly Grant[];
};

/** An OpenAPI document. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly paths: Readonly<Record<string, unknown>>;
}

/** By the code of the verdict: `valid`, `tampered`, `revoked`, `expired`, `rotated`, `disabled`, `insufficient_scope`. What did not happen is not there; there may be new ones. */
export type OutcomeCounts = Readonly<Record<string, number>>;

/** Why a request was not done (RFC 9457). */
export interface Problem {
  /** `urn:problem-type:latchkey:` and the code. */
  readonly type: string;
  /** What happened, in a few words. */
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  /** What happened and how to mend it. */
  readonly detail: string;
  /** What programs decide by. There may be new ones: treat one you do not know by its status. */
  readonly code: string;
  /** The same as `X-Request-Id`; the log knows it. */
  readonly requestId: string;
  /** Each place in the request that is wrong. */
  readonly errors?: readonly Fault[] | undefined;
  /** The id that was asked for. */
  readonly id?: string | undefined;
  /** The name of the role. */
  readonly name?: string | undefined;
  /** The permission that is missing. */
  readonly permission?:
    | "keys:create"
    | "keys:read"
    | "keys:update"
    | "keys:rotate"
    | "keys:revoke"
    | "keys:delete"
    | "keys:reveal"
    | "keys:validate"
    | "admins:read"
    | "admins:manage"
    | "roles:read"
    | "roles:manage"
    | "events:read"
    | "system:read"
    | "system:manage"
    | (string & {})
    | undefined;
  /** Why an admin key that was the right one is good no more. */
  readonly reason?:
    | "tampered"
    | "revoked"
    | "expired"
    | "rotated"
    | "disabled"
    | "session_ended"
    | (string & {})
    | undefined;
  /** The version the resource is in now. */
  readonly version?: number | undefined;
  /** The id of the key that took its place. */
  readonly successor?: string | undefined;
  /** What the key is now. */
  readonly keyStatus?:
    | "revoked"
    | "expired"
    | "rotated"
    | "disabled"
    | "rotating"
    | "active"
    | (string & {})
    | undefined;
  /** The needed scopes that the key lacks. */
  readonly missing?: readonly string[] | undefined;
  /** The settings that are missing or wrong. */
  readonly settings?: readonly string[] | undefined;
  /** Everything that is missing or wrong, never with a value. */
  readonly problems?:
    | readonly {
        /** The setting, or `store`. */
        readonly name: string;
        /** How to mend it. */
        readonly detail: string;
      }[]
    | undefined;
}

/** The manager can do its work. */
export interface Readiness {
  readonly status: "ready";
  /** Of Latchkey. */
  readonly version: string;
}

/** By whole hours: the present one and the 23, or 719, before it. */
export interface RecentValidations {
  readonly last24Hours: OutcomeCounts;
  readonly last30Days: OutcomeCounts;
}

export interface RecoverOwnerRequest {
  /** 1 to 128 characters, none of them a control or text-direction character. */
  readonly name?: string | undefined;
}

/** How far all records are on their way to the present secrets. */
export interface Reencryption {
  /** `idle`: none was started since the present secrets are in use. `paused`: by an admin, or because of `missingSecrets`. */
  readonly state: "idle" | "running" | "paused" | "done" | (string & {});
  /** Records made anew under the present secrets so far. */
  readonly moved: number;
  /** Records that are still under others, but for those in quarantine. */
  readonly left: number;
  /** Records that are not as they were written, and stay as they are: by id, or by table and place. The first 500 of each object. */
  readonly quarantined: readonly string[];
  /** How many they are. */
  readonly quarantinedCount: number;
  /** Fingerprints of secrets that records are under and that are not configured. */
  readonly missingSecrets: readonly string[];
  /** Records made anew in a second, on average; 0 while nothing runs. */
  readonly perSecond: number;
  /** At that rate; null where nothing can be said. An object that is to begin yet is not known. */
  readonly secondsLeft: number | null;
}

/** The key is not good, or not for what was asked. */
export interface Refused {
  readonly valid: false;
  /** Why. There may be new ones: go by `httpStatus` where you do not know one. */
  readonly code:
    | "malformed"
    | "wrong_prefix"
    | "unknown"
    | "tampered"
    | "revoked"
    | "expired"
    | "rotated"
    | "disabled"
    | "insufficient_scope"
    | (string & {});
  /** What to answer your own client with: 401 or 403. */
  readonly httpStatus: number;
  /** Names the key; only once its secret has matched. */
  readonly id?: string | undefined;
  /** The id of the first key of its chain. */
  readonly lineage?: string | undefined;
  /** With `revoked`. */
  readonly revokedAt?: string | null | undefined;
  /** With `expired`. */
  readonly expiresAt?: string | null | undefined;
  /** With `rotated`. */
  readonly graceEndsAt?: string | null | undefined;
  /** With `rotated`: the id of the key that took its place. */
  readonly successor?: string | null | undefined;
  /** With `insufficient_scope`: the scopes it lacks. */
  readonly missing?: readonly string[] | undefined;
}

export interface RevealKeyRequest {
  /** 1 to 256 characters that say why. */
  readonly reason: string;
}

export interface RevokeAdminRequest {
  /** A word like `leaked`: a-z, 0-9 and _, 64 at most, a letter first. */
  readonly reason?: string | undefined;
  /** 256 characters at most, none of them a control or text-direction character. */
  readonly note?: string | undefined;
}

export interface RevokeKeyRequest {
  /** A word like `leaked`: a-z, 0-9 and _, 64 at most, a letter first. */
  readonly reason?: string | undefined;
  /** 256 characters at most, none of them a control or text-direction character. */
  readonly note?: string | undefined;
  /** True revokes every key of the chain, successors too. */
  readonly lineage?: boolean | undefined;
}

/** Permissions under a name, perhaps within a constraint. */
export interface Role {
  /** What admins hold it by. */
  readonly name: string;
  /** Built-in roles cannot be changed. */
  readonly builtIn: boolean;
  /** What it is for. */
  readonly description: string | null;
  /** What it gives. */
  readonly permissions: readonly (
    | "keys:create"
    | "keys:read"
    | "keys:update"
    | "keys:rotate"
    | "keys:revoke"
    | "keys:delete"
    | "keys:reveal"
    | "keys:validate"
    | "admins:read"
    | "admins:manage"
    | "roles:read"
    | "roles:manage"
    | "events:read"
    | "system:read"
    | "system:manage"
    | (string & {})
  )[];
  readonly constraint: Constraint | null;
  /** When it was made; null where it is built in. */
  readonly createdAt: string | null;
  /** When it was last saved; null where it is built in. */
  readonly updatedAt: string | null;
  /** 1, and one more with every change. The ETag holds it. */
  readonly version: number;
  /** Only there when the stored record is not the one Latchkey signed: it gives no right. */
  readonly tampered?: true | undefined;
}

/** A page of roles. */
export interface RoleList {
  /** By name. There may be few, or none, although more follow. */
  readonly items: readonly Role[];
  /** `cursor` of the next page. Only null ends the list. */
  readonly nextCursor: string | null;
}

export interface RotateAdminRequest {
  /** How long the old key works beside the new one. */
  readonly graceSeconds?: number | undefined;
}

export interface RotateKeyRequest {
  /** How long the old key works beside the new one. */
  readonly graceSeconds?: number | undefined;
}

export interface RotateMeRequest {
  /** How long the old key works beside the new one. */
  readonly graceSeconds?: number | undefined;
}

/** Its neighbours in the lineage. */
export interface Rotation {
  /** The id it took the place of. */
  readonly predecessor: string | null;
  /** The id that took its place. */
  readonly successor: string | null;
  /** The last millisecond at which it still works beside its successor. */
  readonly graceEndsAt: string | null;
}

export interface SaveRoleRequest {
  /** What it gives; with a constraint only `keys:*` and `events:read`. */
  readonly permissions: readonly (
    | "keys:create"
    | "keys:read"
    | "keys:update"
    | "keys:rotate"
    | "keys:revoke"
    | "keys:delete"
    | "keys:reveal"
    | "keys:validate"
    | "admins:read"
    | "admins:manage"
    | "roles:read"
    | "roles:manage"
    | "events:read"
    | "system:read"
    | "system:manage"
  )[];
  /** What it is for; at most 256 characters. */
  readonly description?: string | null | undefined;
  /** What it is narrowed to; null or absent is nothing. */
  readonly constraint?:
    | {
        /** Only keys of these owners. */
        readonly owners?: readonly string[] | undefined;
        /** Only keys with these prefixes. */
        readonly prefixes?: readonly string[] | undefined;
        /** Only these scopes may be handed on. */
        readonly scopes?: readonly string[] | undefined;
      }
    | null
    | undefined;
}

/** One of the manager's own secrets, past or present. */
export interface SecretFingerprint {
  /** Of ENCRYPTION_KEY or of HMAC_SECRET. */
  readonly kind: "encryption" | "hmac" | (string & {});
  /** 16 hexadecimal digits; `npm run secrets -- fingerprint` tells them of a file. */
  readonly fingerprint: string;
  /** What it is to the deployment that answers. */
  readonly configured: "primary" | "fallback" | "absent" | (string & {});
  /** When something was first written under it; null: never. */
  readonly adoptedAt: string | null;
  /** How many records it still protects, in all objects together. */
  readonly records: number;
  /** True: it is a fallback, and nothing needs it any more. Taking it away harms nothing. */
  readonly removable: boolean;
}

/** Where one of the manager's own secrets comes from. */
export interface SecretSource {
  /** The setting: `ENCRYPTION_KEY`, `HMAC_SECRET`, or one of them with `_FALLBACK`. */
  readonly name: string;
  /** Where it comes from. There may be new sources. */
  readonly servedBy: "worker_secret" | "secrets_store" | (string & {});
  /** As it was read for this answer: `changed` is another value than the one in use, which the next deployment takes up; `unavailable` cannot be read now. */
  readonly health: "ok" | "changed" | "unavailable" | (string & {});
  /** What is worth knowing of it, in words. */
  readonly note: string | null;
}

/** Somebody's visit to the dashboard. */
export interface Session {
  /** Names this session; the cookie carries its secret. */
  readonly id: string;
  /** When it was opened. */
  readonly createdAt: string;
  /** When it ends if nobody acts until then. */
  readonly idleEndsAt: string;
  /** When it ends at the latest. */
  readonly endsAt: string;
  readonly admin: Admin;
  /** All that some role gives. */
  readonly permissions: readonly (
    | "keys:create"
    | "keys:read"
    | "keys:update"
    | "keys:rotate"
    | "keys:revoke"
    | "keys:delete"
    | "keys:reveal"
    | "keys:validate"
    | "admins:read"
    | "admins:manage"
    | "roles:read"
    | "roles:manage"
    | "events:read"
    | "system:read"
    | "system:manage"
    | (string & {})
  )[];
  readonly grants: readonly Grant[];
}

/** Whether the manager is set up. */
export interface SetUp {
  /** Whether the first owner exists. */
  readonly done: boolean;
}

export interface SetUpRequest {
  /** 1 to 128 characters, none of them a control or text-direction character. */
  readonly name?: string | undefined;
}

/** One of the objects that keys are spread over. */
export interface Shard {
  /** Its name. */
  readonly object: string;
  /** How many keys it holds, whatever their status. */
  readonly keys: number;
}

export interface StartReencryptionRequest {
  /** Default `start`. */
  readonly action?: "start" | "pause" | undefined;
}

/** Figures about the keys the caller may see. */
export interface Statistics {
  readonly keys: KeyCounts;
  /** Keys neither revoked, expired nor rotated that expire within 7 days. */
  readonly expiringIn7Days: number;
  /** Keys with a successor that are still in grace, disabled ones too. */
  readonly inGrace: number;
  /** Keys neither revoked, expired nor rotated that were neither made nor accepted today or on the 30 days before (UTC). */
  readonly unusedFor30Days: number;
  readonly validations: RecentValidations;
  /** False: there was more than may be looked at in one go, and the figures are of a part. */
  readonly complete: boolean;
}

/** Each key once. There may be new statuses. */
export interface StatusCounts {
  /** Good, and without a successor. */
  readonly active: number;
  /** Good, with a successor, in grace. */
  readonly rotating: number;
  /** Refused until they are enabled. */
  readonly disabled: number;
  /** Their grace is over. */
  readonly rotated: number;
  /** Their expiry is past. */
  readonly expired: number;
  /** Revoked. */
  readonly revoked: number;
}

/** What it was done to. */
export interface Subject {
  /** What sort of thing it is. */
  readonly kind: "key" | "admin" | "role" | "system" | (string & {});
  /** Its id, or the name of a role. */
  readonly id: string;
  /** The lineage of the key or admin. */
  readonly lineage?: string | undefined;
  /** Whose key it is. */
  readonly owner?: string | undefined;
  /** The prefix of the key. */
  readonly prefix?: string | undefined;
}

/** How the manager is set up, and how it is. */
export interface System {
  /** Of the software. */
  readonly version: string;
  /** Every shard that ever held a key. */
  readonly shards: readonly Shard[];
  /** Of the secrets that are given, as this isolate sees them. */
  readonly sources: readonly SecretSource[];
  /** The configured ones of each kind first. */
  readonly fingerprints: readonly SecretFingerprint[];
}

export interface UpdateAdminRequest {
  /** 1 to 128 characters, none of them a control or text-direction character. */
  readonly name?: string | undefined;
  /** The roles it holds. Only what the caller holds too may be given. */
  readonly roles?: readonly string[] | undefined;
  readonly expiresAt?: string | null | undefined;
  /** False refuses the admin until it is true again. */
  readonly enabled?: boolean | undefined;
}

export interface UpdateKeyRequest {
  /** 1 to 128 characters, none of them a control or text-direction character. */
  readonly name?: string | undefined;
  /** 1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ / | + = -, the first a letter or digit. */
  readonly owner?: string | undefined;
  /** What the key may do; none of it where the list is empty. `*` stands for a whole segment. */
  readonly scopes?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | null | undefined;
  readonly expiresAt?: string | null | undefined;
  /** False refuses the key until it is true again. */
  readonly enabled?: boolean | undefined;
}

/** An hour in which the key was validated. */
export interface UsageBucket {
  /** When the hour began. */
  readonly hour: string;
  readonly outcomes: OutcomeCounts;
}

export interface ValidateKeyRequest {
  /** What was presented; white space around it does not count. */
  readonly key: string;
  /** All of these are needed. */
  readonly scopes?: readonly string[] | undefined;
  /** One of these is needed. */
  readonly anyScope?: readonly string[] | undefined;
  /** The prefix of the key must match one of these. */
  readonly prefixes?: readonly string[] | undefined;
  /** Whose request it is; taken, and not used yet. */
  readonly ip?: string | undefined;
}

/** Look at `valid`, then at `code`. */
export type Verdict = Accepted | Refused;

/** A part of the verification of all chains. */
export interface Verification {
  /** Nothing broken was found, on this page and those before it. */
  readonly intact: boolean;
  /** The chains, or parts of them, that this page looked at. */
  readonly chains: readonly Chain[];
  /** `cursor` of the next page. Only null ends the verification. */
  readonly nextCursor: string | null;
}

/** The key is good now and will not be for long. */
export interface Warning {
  /** `rotating`: it has a successor. There may be new ones. */
  readonly code: string;
  /** The id of the key to change over to. */
  readonly successor?: string | undefined;
  /** When it stops working. */
  readonly graceEndsAt?: string | undefined;
}

export interface ListKeysQuery {
  /** How many entries a page holds at most. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. The other parameters but `limit` must be the same. */
  readonly cursor?: string | undefined;
  /** Of any of these owners. */
  readonly owner?: string | readonly string[] | undefined;
  /** In any of these states. */
  readonly status?:
    | "revoked"
    | "expired"
    | "rotated"
    | "disabled"
    | "rotating"
    | "active"
    | readonly ("revoked" | "expired" | "rotated" | "disabled" | "rotating" | "active")[]
    | undefined;
  /** With any of these prefixes. */
  readonly prefix?: string | readonly string[] | undefined;
  /** Holding any of these scopes, literally. */
  readonly scope?: string | readonly string[] | undefined;
  /** Of this chain. */
  readonly lineage?: string | undefined;
  /** A whole id, or 1 to 8 words each of which begins a word of name or owner; case and accents do not count. */
  readonly q?: string | undefined;
}

export interface GetKeyUsageQuery {
  /** Hours that begin at this time or later; without it, 7 days before `until`. */
  readonly since?: string | undefined;
  /** Hours that begin before this time; without it, now. At most 31 days after `since`. */
  readonly until?: string | undefined;
}

export interface ListEventsQuery {
  /** How many entries a page holds at most. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. The other parameters but `limit` must be the same. */
  readonly cursor?: string | undefined;
  /** Any of these types. */
  readonly type?: string | readonly string[] | undefined;
  /** About this key, or this admin. */
  readonly keyId?: string | undefined;
  /** About any key of this lineage. */
  readonly lineage?: string | undefined;
  /** Done by this admin. */
  readonly actorId?: string | undefined;
  /** At this time or later. */
  readonly since?: string | undefined;
  /** Before this time. */
  readonly until?: string | undefined;
}

export interface VerifyEventsQuery {
  /** `nextCursor` of the page before. The other parameters but `limit` must be the same. */
  readonly cursor?: string | undefined;
}

export interface ListAdminsQuery {
  /** How many entries a page holds at most. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. The other parameters but `limit` must be the same. */
  readonly cursor?: string | undefined;
}

export interface ListRolesQuery {
  /** How many entries a page holds at most. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. The other parameters but `limit` must be the same. */
  readonly cursor?: string | undefined;
}
