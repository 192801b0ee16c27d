import { DurableObject } from "cloudflare:workers";
import { customAlphabet } from "nanoid";
import type { Caller } from "../core/access/caller.ts";
import { base62Digits } from "../core/api-key/base62.ts";
import { bareIdOf } from "../core/api-key/key-string.ts";
import { type Around, CommandBus, type CommandOf } from "../core/command-bus.ts";
import type { Limits, Ports } from "../core/ports.ts";
import type { Refusal } from "../core/result.ts";
import { refuse } from "../core/result.ts";
import { type Answer, type CommandType, type Unready, type UseCases, useCases } from "../core/use-cases.ts";
import type { Bindings } from "./bindings.ts";
import type { Keyring } from "./crypto/keyring.ts";
import { mintKeyString } from "./crypto/mint-key-string.ts";
import { SecretMissing } from "./crypto/secret-missing.ts";
import { adminObjectName, homeOfName, systemCaller } from "./object-names.ts";
import { foreignSecrets } from "./secrets/foreign-secrets.ts";
import { problemsRefusal } from "./secrets/problems-refusal.ts";
import { readWorkerSecrets } from "./secrets/worker-secrets.ts";
import { AdoptedSecrets } from "./sqlite/adopted-secrets.ts";
import { migrate } from "./sqlite/migrations.ts";
import { ObjectState } from "./sqlite/object-state.ts";
import type { Signing } from "./sqlite/signed-table.ts";
import { SqliteAdmins } from "./sqlite/sqlite-admins.ts";
import { SqliteApiKeys } from "./sqlite/sqlite-api-keys.ts";
import { SqliteEvents } from "./sqlite/sqlite-events.ts";
import { SqliteSettings } from "./sqlite/sqlite-settings.ts";

/** What an object takes from the machine it runs on. */
export interface World {
  readonly machineTime: () => number;
  readonly limits: Limits;
}

const theWorld: World = { machineTime: () => Date.now(), limits: { examinedRowsMax: 5000 } };

const randomIdPart = customAlphabet(base62Digits, 10);
const timeFlushDelayMs = 10_000;

const writing: ReadonlySet<CommandType> = new Set([
  "adopt-secrets",
  "create-key",
  "record-shards",
  "revoke-key",
  "set-up",
]);

/** Hosts the bus beside the records. Two methods answer over RPC: `execute` and, for the platform, `alarm`. */
export class KeyManagerObject extends DurableObject<Bindings> {
  readonly #name: string;
  readonly #parts: ObjectParts | { readonly unready: Refusal<Unready> };
  #isAlarmSet = false;

  constructor(ctx: DurableObjectState, env: Bindings, world: World = theWorld) {
    super(ctx, env);
    this.#name = ctx.id.name ?? "";
    const secrets = readWorkerSecrets(env);
    if (secrets.ok) migrate(ctx.storage);
    this.#parts = secrets.ok
      ? new ObjectParts(ctx.storage, this.#name, secrets.keyring, world)
      : { unready: problemsRefusal(secrets.problems) };
  }

  async execute<Type extends CommandType>(command: CommandOf<UseCases, Type>, caller: Caller): Promise<Answer<Type>> {
    const parts = this.#parts;
    if ("unready" in parts) return parts.unready;
    try {
      const unready = await this.#adopt(parts, command.type);
      if (unready) return unready;
      const answer = parts.open().bus.execute(command, caller);
      this.#flushTimeLater(parts);
      return answer;
    } catch (error) {
      if (error instanceof SecretMissing)
        return refuse({ code: "not_configured", detail: error.message, settings: [] });
      throw error;
    }
  }

  override async alarm(): Promise<void> {
    this.#isAlarmSet = false;
    if (!("unready" in this.#parts)) this.#parts.open().state.writeTime();
  }

  /** Nothing is read or written under secrets that are not the adopted ones. */
  async #adopt(parts: ObjectParts, type: CommandType): Promise<Refusal<Unready> | undefined> {
    const standing = parts.adopted.standing();
    if (standing === "foreign") return foreignSecrets(parts.adopted.foreign());
    if (standing === "adopted") return undefined;
    if (this.#name === adminObjectName) {
      if (standing === "changed" || writing.has(type)) parts.recordPrimaries();
      return undefined;
    }
    if (!writing.has(type)) return undefined;

    const { encryption, hmac } = parts.keyring;
    const primaries = { encryption: encryption.primary.fingerprint, hmac: hmac.primary.fingerprint };
    const admin = this.env.KEY_MANAGER.getByName(adminObjectName);
    const answer = await admin.execute({ type: "adopt-secrets", ...primaries }, systemCaller);
    if (!answer.ok) return answer;
    if (parts.adopted.standing() !== "adopted") parts.recordPrimaries();
    return undefined;
  }

  #flushTimeLater({ open }: ObjectParts): void {
    if (this.#isAlarmSet || open().state.unwrittenTimeMs === 0) return;
    this.#isAlarmSet = true;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(Date.now() + timeFlushDelayMs));
  }
}

interface OpenedParts {
  readonly state: ObjectState;
  readonly bus: CommandBus<UseCases>;
}

/** The composition root of an object: its ports, and the bus over them. */
class ObjectParts {
  readonly keyring: Keyring;
  readonly adopted: AdoptedSecrets;
  readonly #storage: DurableObjectStorage;
  readonly #signing: Signing;
  readonly #world: World;
  #opened: OpenedParts | undefined;

  constructor(storage: DurableObjectStorage, object: string, keyring: Keyring, world: World) {
    this.keyring = keyring;
    this.#storage = storage;
    this.#world = world;
    const { sql } = storage;
    this.adopted = new AdoptedSecrets({ sql, object, ring: keyring.hmac }, keyring);
    const hasWrittenUnder = (fingerprint: string) => this.adopted.has(fingerprint);
    this.#signing = { sql, object, ring: keyring.hmac, hasWrittenUnder };
  }

  recordPrimaries(): void {
    this.#storage.transactionSync(() => this.adopted.recordPrimaries(this.#world.machineTime()));
  }

  /** Reads the object's state, which needs the adopted secrets. */
  readonly open = (): OpenedParts => {
    this.#opened ??= this.#compose();
    return this.#opened;
  };

  #compose(): OpenedParts {
    const signing = this.#signing;
    const state = new ObjectState(signing, this.keyring, this.#world.machineTime);
    const ports: Ports = {
      clock: state,
      mint: {
        bareId: () => bareIdOf(state.nextOrdinal(), homeOfName(signing.object), randomIdPart()),
        keyString: (prefix, bareId) => mintKeyString(this.keyring.hmac.primary, prefix, bareId),
      },
      apiKeys: new SqliteApiKeys(signing, this.keyring, state),
      admins: new SqliteAdmins(signing, this.keyring, state),
      events: new SqliteEvents(signing.sql, signing.object, state),
      settings: new SqliteSettings(signing, this.adopted, state),
      limits: this.#world.limits,
    };
    return { state, bus: new CommandBus(useCases(ports), this.#inOneTransaction(state)) };
  }

  /** A command is one transaction: all it wrote, the state with it, or nothing. */
  #inOneTransaction(state: ObjectState): Around {
    return (_command, _caller, run) => {
      try {
        return this.#storage.transactionSync(() => {
          const answer = run();
          state.write();
          return answer;
        });
      } catch (error) {
        state.restore();
        this.adopted.reload();
        throw error;
      }
    };
  }
}
