import { customAlphabet } from "nanoid";
import { RefusedAttempts } from "../core/access/refused-attempts.ts";
import { base62Digits } from "../core/api-key/base62.ts";
import { bareIdOf } from "../core/api-key/key-string.ts";
import { dayMs, dayOf } from "../core/api-key/standing.ts";
import { type Around, CommandBus } from "../core/command-bus.ts";
import type { Limits, Ports } from "../core/ports.ts";
import { onceOnly } from "../core/replay.ts";
import { type UseCases, useCases } from "../core/use-cases.ts";
import { type Keyring, primariesOf, type Ring } from "./crypto/keyring.ts";
import { mintKeyString } from "./crypto/mint-key-string.ts";
import { homeOfName } from "./object-names.ts";
import { AdoptedSecrets } from "./sqlite/adopted-secrets.ts";
import { KeyUses } from "./sqlite/key-uses.ts";
import { ObjectState } from "./sqlite/object-state.ts";
import { noteNeeded } from "./sqlite/protection-counters.ts";
import type { Signing } from "./sqlite/signed-table.ts";
import { SqliteAdmins } from "./sqlite/sqlite-admins.ts";
import { SqliteApiKeys } from "./sqlite/sqlite-api-keys.ts";
import { SqliteEventLog } from "./sqlite/sqlite-event-log.ts";
import { SqliteEvents } from "./sqlite/sqlite-events.ts";
import { SqliteKeptAnswers } from "./sqlite/sqlite-kept-answers.ts";
import { SqliteKeyTally } from "./sqlite/sqlite-key-tally.ts";
import { SqliteProtection } from "./sqlite/sqlite-protection.ts";
import { SqliteRoles } from "./sqlite/sqlite-roles.ts";
import { SqliteSessions } from "./sqlite/sqlite-sessions.ts";
import { SqliteSettings } from "./sqlite/sqlite-settings.ts";
import { SqliteValidations } from "./sqlite/sqlite-validations.ts";

/** What an object takes from the machine it runs on. */
export interface World {
  readonly machineTime: () => number;
  readonly limits: Limits;
}

interface OpenedParts {
  readonly state: ObjectState;
  readonly settings: SqliteSettings;
  readonly keptAnswers: SqliteKeptAnswers;
  readonly sessions: SqliteSessions;
  readonly keyTally: SqliteKeyTally;
  readonly bus: CommandBus<UseCases>;
}

const randomIdPart = customAlphabet(base62Digits, 10);

/** The composition root of an object: its ports, and the bus over them. */
export class ObjectParts {
  readonly keyring: Keyring;
  readonly adopted: AdoptedSecrets;
  readonly #storage: DurableObjectStorage;
  readonly #object: string;
  readonly #world: World;
  readonly #uses: KeyUses;
  readonly #validations: SqliteValidations;
  readonly #refusedAttempts = new RefusedAttempts();
  #opened: OpenedParts | undefined;
  #greatestTime = 0;

  constructor(storage: DurableObjectStorage, object: string, keyring: Keyring, world: World) {
    this.keyring = keyring;
    this.#storage = storage;
    this.#object = object;
    this.#world = world;
    this.#uses = new KeyUses(storage.sql);
    this.#validations = new SqliteValidations(storage.sql);
    this.adopted = new AdoptedSecrets(storage.sql, object, keyring);
  }

  get bus(): CommandBus<UseCases> {
    return this.#open().bus;
  }

  /** From now on this object writes under the deployment's own primaries, and its chain of events needs no others. */
  recordPrimaries(): void {
    if (this.#opened) this.flush();
    this.#inOneTransaction(() => {
      this.adopted.recordPrimaries(this.#world.machineTime());
      const keyring = this.#recordedKeyring();
      const state = this.#state(keyring);
      new SqliteSettings(this.#signing(keyring), this.adopted, state).forgetProgress();
      if (!state.isAltered) noteNeeded(state, primariesOf(keyring));
      state.protectAnew();
    });
    this.#close();
  }

  /** Something is held in memory that a crash would forget. */
  get hasUnwritten(): boolean {
    const { state } = this.#open();
    return this.#uses.hasUnwritten || this.#validations.hasUnwritten || state.unwrittenTimeMs > 0;
  }

  /** A run through all records was asked for and is not over. */
  get isReencrypting(): boolean {
    return this.#open().settings.reencryption()?.state === "running";
  }

  /** Milliseconds until refusals that were only counted are to be told; null where there are none. */
  get suppressedRefusalsInMs(): number | null {
    const at = this.#refusedAttempts.nextSuppressedAt;
    return at === null ? null : Math.max(0, at - this.#open().state.now());
  }

  /** Writes down what memory holds; false where the counters have not come to the present yet. */
  flush(): boolean {
    const { state, keyTally } = this.#open();
    const isPresent = this.#inOneTransaction(() => {
      state.check();
      keyTally.noteUses();
      this.#uses.write();
      this.#validations.write();
      const hasArrived = keyTally.advance();
      state.writeTime();
      state.write();
      return hasArrived;
    });
    this.#uses.forgetWritten();
    this.#validations.forgetWritten();
    return isPresent;
  }

  /** Counts of validations that are older than so many days; answers in how many milliseconds more are, or null where none is left. */
  clearValidations(retentionDays: number): number | null {
    const now = this.#open().state.now();
    const oldest = this.#inOneTransaction(() => this.#validations.clear(dayOf(now) - retentionDays));
    return oldest === null ? null : Math.max(0, (oldest + retentionDays + 1) * dayMs - now);
  }

  /** Answers kept for their replay, and sessions: `done` when none is left, `waiting` for their end, or `more` to clear now. */
  clearEnded(): "done" | "waiting" | "more" {
    const { state, keptAnswers, sessions } = this.#open();
    if (!keptAnswers.hasAny && !sessions.hasAny) return "done";
    const hasMore = this.#inOneTransaction(() => {
      const more = [keptAnswers.clear(state.now()), sessions.clear(state.now())];
      state.write();
      return more.includes(true);
    });
    return hasMore ? "more" : "waiting";
  }

  #open(): OpenedParts {
    this.#opened ??= this.#compose();
    return this.#opened;
  }

  /** What was read is forgotten; the greatest time seen is kept, because it was seen. */
  #close(): void {
    if (this.#opened) this.#greatestTime = Math.max(this.#greatestTime, this.#opened.state.greatestTime);
    this.#opened = undefined;
  }

  #compose(): OpenedParts {
    const { sql } = this.#storage;
    const object = this.#object;
    const keyring = this.#recordedKeyring();
    const signing = this.#signing(keyring);
    const state = this.#state(keyring);
    const settings = new SqliteSettings(signing, this.adopted, state);
    const keptAnswers = new SqliteKeptAnswers(signing, keyring, state);
    const sessions = new SqliteSessions(signing, keyring, state);
    const { limits } = this.#world;
    const keyTally = new SqliteKeyTally(sql, state, this.#uses, limits);
    if (!state.isAltered) keyTally.countOlderStore();
    const beside = { uses: this.#uses, validations: this.#validations, keyTally, keptAnswers };
    const ports: Ports = {
      clock: state,
      mint: {
        bareId: () => bareIdOf(state.nextOrdinal(), homeOfName(object), randomIdPart()),
        keyString: (prefix, bareId) => mintKeyString(keyring.hmac.primary, prefix, bareId),
      },
      apiKeys: new SqliteApiKeys(signing, keyring, state, beside),
      admins: new SqliteAdmins(signing, keyring, state, keptAnswers),
      roles: new SqliteRoles(signing),
      sessions,
      events: new SqliteEvents(sql, object, state),
      eventLog: new SqliteEventLog(signing, keyring),
      settings,
      keptAnswers,
      refusedAttempts: this.#refusedAttempts,
      validations: this.#validations,
      keyTally,
      protection: new SqliteProtection(signing, keyring, this.adopted, state),
      limits,
    };
    const bus = new CommandBus(useCases(ports), this.#aroundCommands(state, onceOnly(ports)));
    return { state, settings, keptAnswers, sessions, keyTally, bus };
  }

  #signing({ hmac }: Keyring): Signing {
    const hasWrittenUnder: Signing["hasWrittenUnder"] = (...secret) => this.adopted.has(...secret);
    return { sql: this.#storage.sql, object: this.#object, ring: hmac, hasWrittenUnder };
  }

  #state(keyring: Keyring): ObjectState {
    const machineTime = () => Math.max(this.#world.machineTime(), this.#greatestTime);
    return new ObjectState(this.#signing(keyring), keyring, machineTime);
  }

  /** Until a new primary is recorded, whatever has to be written meanwhile is written under the recorded one. */
  #recordedKeyring(): Keyring {
    const { encryption, hmac } = this.keyring;
    return {
      encryption: withPrimary(encryption, this.adopted.current("encryption")),
      hmac: withPrimary(hmac, this.adopted.current("hmac")),
    };
  }

  /**
   * A command is one transaction: all it wrote, the state with it, or nothing. Where the state was changed from outside
   * none is executed, but for the one that tells of it.
   */
  #aroundCommands(state: ObjectState, once: Around): Around {
    return (command, caller, run) =>
      this.#inOneTransaction(() => {
        if (command.type !== "verify-events") state.check();
        const answer = once(command, caller, run);
        state.write();
        return answer;
      });
  }

  /** Where a transaction is undone, so is what memory learned in it. */
  #inOneTransaction<Result>(run: () => Result): Result {
    try {
      return this.#storage.transactionSync(run);
    } catch (error) {
      this.#close();
      this.adopted.reload();
      throw error;
    }
  }
}

const withPrimary = <Entry>(ring: Ring<Entry>, fingerprint: string | null): Ring<Entry> => ({
  ...ring,
  primary: (fingerprint === null ? undefined : ring.byFingerprint.get(fingerprint)) ?? ring.primary,
});
