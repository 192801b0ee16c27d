import type { Admin, StoredAdmin } from "./access/admin.ts";
import type { Caller } from "./access/caller.ts";
import type { RefusedAttempts } from "./access/refused-attempts.ts";
import type { Role, StoredRole } from "./access/role.ts";
import type { Session, StoredSession } from "./access/session.ts";
import type { ApiKey, StoredApiKey } from "./api-key/api-key.ts";
import type { KeySearch } from "./api-key/key-search.ts";
import type { KeyFigures } from "./api-key/standing.ts";
import type { AuditEvent, EventType } from "./audit-event.ts";
import type { EventPosition } from "./event-position.ts";
import type { KeptAnswer } from "./kept-answer.ts";
import type { RecordPlace, Reencryption, RenewedPart } from "./reencryption.ts";
import type { AdoptedSecret, Primaries, Register, ShardCounts } from "./register.ts";
import type { StoredEvent } from "./stored-event.ts";
import type { HourOfValidations, Outcome } from "./validation-counts.ts";
import type { VerifiedChain } from "./verified-chain.ts";

/**
 * Everything core asks of the world. All of it answers at once: no promise, so nothing can come between a read and the
 * write that depends on it. What fails for reasons of storage throws, and undoes the whole command.
 */
export interface Ports {
  readonly clock: Clock;
  readonly mint: Mint;
  readonly apiKeys: ApiKeys;
  readonly admins: Admins;
  readonly roles: Roles;
  readonly sessions: Sessions;
  readonly events: Events;
  readonly eventLog: EventLog;
  readonly settings: Settings;
  readonly keptAnswers: KeptAnswers;
  readonly refusedAttempts: RefusedAttempts;
  readonly validations: Validations;
  readonly keyTally: KeyTally;
  readonly protection: Protection;
  readonly limits: Limits;
}

export interface Clock {
  /** Milliseconds since 1970. Never less than any earlier answer of the same object, whatever the machine's clock does. */
  now(): number;
  /** Makes durable that this moment has passed, so that what was refused because of it stays refused. */
  remember(passed: number): void;
}

interface Mint {
  /** A new id, newer than every id this object made before. */
  bareId(): string;
  /** A new secret for that id, as the whole key string. The only moment at which it is known. */
  keyString(prefix: string, bareId: string): string;
}

export interface ApiKeys {
  find(id: string): StoredApiKey | undefined;
  /** The key of that id if this is the SHA-256 of its key string, compared in constant time; an unknown id costs the same work. */
  findBySecret(id: string, digest: Uint8Array): StoredApiKey | undefined;
  /** Every key of the lineage, oldest first. */
  lineage(lineage: string): readonly StoredApiKey[];
  /** Keys older than `before`, newest first, read as they are asked for: at least all that match the search, maybe others. */
  newestFirst(search: KeySearch, before: string | null): Iterable<StoredApiKey>;
  insert(key: ApiKey, keyString: string): void;
  /** Stores the new state and signs it anew, unless the record was tampered with: then it stays without a valid signature. */
  save(before: StoredApiKey, after: ApiKey): void;
  /** The key is gone for good; what other keys say of it stays. */
  remove(stored: StoredApiKey): void;
  /** The whole key string of a recoverable key; undefined when it does not open. */
  keyString(id: string): string | undefined;
  /** Held in memory and written a little later, many uses at once. */
  noteUse(id: string, at: number): void;
}

export interface Admins {
  find(id: string): StoredAdmin | undefined;
  findBySecret(id: string, digest: Uint8Array): StoredAdmin | undefined;
  /** Every admin of the lineage, oldest first. */
  lineage(lineage: string): readonly StoredAdmin[];
  /** Admins older than `before`, newest first, read as they are asked for. */
  newestFirst(before: string | null): Iterable<StoredAdmin>;
  /** Every owner to count on, read as they are asked for. */
  lastingOwners(): Iterable<StoredAdmin>;
  /** Whether any admin holds it, dead ones too. */
  isRoleHeld(role: string): boolean;
  insert(admin: Admin, keyString: string): void;
  /** Stores the new state and signs it anew, unless the record was tampered with: then it stays without a valid signature. */
  save(before: StoredAdmin, after: Admin): void;
}

export interface Roles {
  find(name: string): StoredRole | undefined;
  /** Roles whose names come after `after`, by name. */
  byName(after: string | null, limit: number): readonly StoredRole[];
  /** In the place of the role of that name, if there is one. */
  save(role: Role): void;
  remove(name: string): void;
}

export interface Sessions {
  findBySecret(id: string, digest: Uint8Array): StoredSession | undefined;
  /** Everybody's of that lineage, oldest first, ended ones too. */
  ofLineage(lineage: string): readonly StoredSession[];
  insert(session: Session, token: string): void;
  /** Kept in memory, and made durable at most once a minute. */
  noteUse(session: Session): void;
  remove(id: string): void;
}

export interface Events {
  /** Appends to the chain in the transaction of the command. */
  append(event: AuditEvent, caller: Caller): void;
  /** Whether such an event was written about this subject at that time or later. */
  happenedSince(type: EventType, subjectId: string, since: number): boolean;
}

export interface EventLog {
  /**
   * Events before this place and before this time, newest first, read as they are asked for. Places strictly descend, also
   * where the times of events were changed from outside.
   */
  newestFirst(before: EventPosition | null, until: number | null): Iterable<PlacedStoredEvent>;
  /** Checks the events after this one, so many at most; `isThrough` when none is left or the rest cannot be trusted. */
  verify(after: number | null, atMost: number): { readonly chain: VerifiedChain; readonly isThrough: boolean };
  /**
   * Removes events that happened before this time, the oldest first, and leaves the mark that the rest follows from; stops
   * where one does not follow. True when there may be more.
   */
  prune(before: number, atMost: number): boolean;
  oldestAt(): number | null;
}

export interface PlacedStoredEvent {
  readonly place: EventPosition;
  readonly event: StoredEvent;
}

export interface Settings {
  setUpAt(): number | null;
  recordSetUp(at: number, adminId: string): void;
  /** SHA-256, in hexadecimal, of every recovery token that was used. */
  usedRecoveryTokens(): readonly string[];
  recordRecovery(tokenDigest: string): void;
  shards(): ShardCounts | null;
  recordShards(shards: ShardCounts): void;
  /** How far this object's last clearing of rotated keys came; null where there was none. */
  purge(): PurgePosition | null;
  recordPurge(position: PurgePosition): void;
  /** Null where none was asked for, or where the record of it is not the one that was signed. */
  reencryption(): Reencryption | null;
  recordReencryption(run: Reencryption | null): void;
  register(): Register;
  /** Takes these primaries in among the adopted ones if this object holds them too; false where it does not. */
  adopt(primaries: Primaries): boolean;
}

interface PurgePosition {
  readonly at: number;
  /** Where to go on; null when everything was looked at. */
  readonly examinedTo: string | null;
}

export interface KeptAnswers {
  /** What was kept after `since`. */
  find(repeater: string, idempotencyKey: string, since: number): KeptAnswer | undefined;
  /** In the place of whatever was kept for the same key before. */
  keep(repeater: string, idempotencyKey: string, kept: KeptAnswer): void;
}

export interface Validations {
  /** Held in memory and counted in its hour a little later, many at once. */
  note(id: string, outcome: Outcome, at: number): void;
  /** The hours that begin from `since` on and before `until`, in order; what is not written yet too, hours without any not. */
  ofKey(id: string, since: number, until: number): readonly HourOfValidations[];
  /** The same of all keys of this object together, deleted ones too. */
  ofAll(since: number, until: number): readonly HourOfValidations[];
}

export interface KeyTally {
  /** Of every key of this object, without walking through them. Not complete where too many came to an end since it was last brought up to date. */
  figures(): { readonly figures: KeyFigures; readonly complete: boolean };
}

export interface Protection {
  /** The name of this object. */
  readonly object: string;
  /** The secrets it writes under. */
  primaries(): Primaries;
  /** Every secret it ever wrote under, and how many of its records each protects. */
  secrets(): readonly AdoptedSecret[];
  /**
   * Looks at so many records behind that place, at most, and makes those that are not under the primaries anew under
   * them, after their old signature, verifier and envelope were found to hold.
   */
  renew(after: RecordPlace | null, atMost: number): RenewedPart;
  /** From now on a record that names another secret than the primaries is none of ours. */
  retireOthers(): void;
}

export interface Limits {
  /** How many rows one list command looks at before it answers with what it has. */
  readonly examinedRowsMax: number;
  /** How many records one step of a re-encryption looks at, in one turn. */
  readonly renewedRowsMax: number;
}
