import { DurableObject } from "cloudflare:workers";
import type { Caller } from "../core/access/caller.ts";
import type { CommandOf } from "../core/command-bus.ts";
import { type Refusal, refuse } from "../core/result.ts";
import type { Answer, CommandType, Unready, UseCases } from "../core/use-cases.ts";
import type { Bindings } from "./bindings.ts";
import { primariesOf } from "./crypto/keyring.ts";
import { SecretMissing } from "./crypto/secret-missing.ts";
import { ObjectAlarm } from "./object-alarm.ts";
import { adminObjectName, systemCaller } from "./object-names.ts";
import { ObjectParts, type World } from "./object-parts.ts";
import { foreignSecrets } from "./secrets/foreign-secrets.ts";
import { loadSecrets } from "./secrets/load-secrets.ts";
import { problemsRefusal } from "./secrets/problems-refusal.ts";
import {
  auditRetentionDaysDefault,
  readRetentionDays,
  usageRetentionDaysDefault,
} from "./secrets/retention-setting.ts";
import { sendToObject } from "./send-to-object.ts";
import { migrate } from "./sqlite/migrations.ts";

const theWorld: World = { machineTime: () => Date.now(), limits: { examinedRowsMax: 5000, renewedRowsMax: 25 } };

const flushDelayMs = 10_000;
const purgePauseMs = 86_400_000;
const pruningPauseMs = 86_400_000;
const clearingPauseMs = 3_600_000;
/** A step of a re-encryption holds an object for some 5 ms, and its answers until it is on disk; then it serves whoever waits. */
const stepPauseMs = 100;
const stepsPerAlarm = 25;
/** After a crash between two steps. */
const resumptionDelayMs = 1000;

/** Under secrets that are new to an object these may go on; anything else has to ask the admin object first. */
const reading: ReadonlySet<CommandType> = new Set([
  "authenticate-admin",
  "authenticate-session",
  "get-admin",
  "get-key",
  "get-key-usage",
  "get-role",
  "get-set-up",
  "get-stats",
  "get-system",
  "list-admins",
  "list-events",
  "list-keys",
  "list-roles",
  "read-register",
  "record-refusal",
  "validate-key",
  "verify-events",
]);

interface NotLoaded {
  readonly unready: Refusal<Unready>;
}

/** Hosts the bus beside the records. Two methods answer over RPC: `execute` and, for the platform, `alarm`. */
export class KeyManagerObject extends DurableObject<Bindings> {
  readonly #name: string;
  readonly #world: World;
  #parts: ObjectParts | undefined;
  #loading: Promise<ObjectParts | NotLoaded> | undefined;
  readonly #rotatedRetentionDays: number | null;
  /** Null while the setting is not in order: then nothing is lost to a mistake. */
  readonly #auditRetentionDays: number | null;
  readonly #usageRetentionDays: number | null;
  readonly #alarm: ObjectAlarm;
  #clearAgainAt = 0;
  #pruneAgainAt = 0;
  #isPruningAhead = false;

  constructor(ctx: DurableObjectState, env: Bindings, world: World = theWorld) {
    super(ctx, env);
    if (ctx.id.name === undefined) throw new Error("this object is addressed by its name, and was not");
    this.#name = ctx.id.name;
    this.#world = world;
    this.#alarm = new ObjectAlarm(ctx);
    const rotated = readRetentionDays("ROTATED_RETENTION_DAYS", env.ROTATED_RETENTION_DAYS, null);
    this.#rotatedRetentionDays = typeof rotated === "number" ? rotated : null;
    const audit = readRetentionDays("AUDIT_RETENTION_DAYS", env.AUDIT_RETENTION_DAYS, auditRetentionDaysDefault);
    this.#auditRetentionDays = typeof audit === "number" ? audit : null;
    const usage = readRetentionDays("USAGE_RETENTION_DAYS", env.USAGE_RETENTION_DAYS, usageRetentionDaysDefault);
    this.#usageRetentionDays = typeof usage === "number" ? usage : null;
  }

  async execute<Type extends CommandType>(command: CommandOf<UseCases, Type>, caller: Caller): Promise<Answer<Type>> {
    const parts = this.#parts ?? (await this.#load());
    if ("unready" in parts) return parts.unready;
    try {
      const unready = await this.#adopt(parts, command.type);
      if (unready) return unready;
      const answer = parts.bus.execute(command, caller);
      this.#wakeForRefusals(parts);
      if (parts.hasUnwritten) this.#alarm.ringIn(flushDelayMs);
      else if (caller.idempotencyKey !== null || command.type === "start-session") this.#alarm.ringIn(clearingPauseMs);
      if (!reading.has(command.type)) this.#planPruning();
      if (parts.isReencrypting) this.#alarm.ringIn(command.type === "start-reencryption" ? 0 : flushDelayMs);
      if (command.type === "start-reencryption") await this.#alarm.stored();
      return answer;
    } catch (error) {
      if (!(error instanceof SecretMissing)) throw error;
      return refuse({ code: "not_configured", detail: error.message, settings: [error.setting] });
    }
  }

  /** Writes down what memory holds, clears away what is long over, and re-encrypts. No verdict depends on it. */
  override async alarm(): Promise<void> {
    this.#alarm.hasRung();
    this.#isPruningAhead = false;
    const parts = this.#parts ?? (await this.#load());
    if ("unready" in parts || ["foreign", "altered"].includes(parts.adopted.standing())) {
      return this.#alarm.ringIn(clearingPauseMs);
    }
    if (!parts.flush()) this.#alarm.ringIn(flushDelayMs);
    parts.bus.execute({ type: "tell-suppressed-refusals" }, systemCaller);
    this.#wakeForRefusals(parts);
    if (parts.isReencrypting) await this.#reencrypt();
    this.#purge(parts);
    this.#clearEnded(parts);
    this.#clearValidations(parts);
    this.#prune(parts);
  }

  /** The next alarm is set before the first step, so whatever happens on the way the run goes on. */
  async #reencrypt(): Promise<void> {
    this.#alarm.ringIn(flushDelayMs);
    await this.#alarm.stored();
    for (let step = 0; step < stepsPerAlarm; step += 1) {
      const answer = await this.execute({ type: "reencrypt-records" }, systemCaller);
      if (!answer.ok || answer.value !== "running") return;
      this.#alarm.ringIn(resumptionDelayMs);
      await scheduler.wait(stepPauseMs);
    }
    this.#alarm.ringIn(0);
  }

  /** Once in the life of the object. Commands that come at the same moment share a reading; one that failed is not kept. */
  #load(): Promise<ObjectParts | NotLoaded> {
    this.#loading ??= this.#readSecrets().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #readSecrets(): Promise<ObjectParts | NotLoaded> {
    const secrets = await loadSecrets(this.env);
    if (!secrets.ok) return { unready: problemsRefusal(secrets.problems) };
    migrate(this.ctx.storage);
    this.#parts = new ObjectParts(this.ctx.storage, this.#name, secrets.keyring, this.#world);
    return this.#parts;
  }

  /** Nothing is read or written under secrets that are not the adopted ones. */
  async #adopt(parts: ObjectParts, type: CommandType): Promise<Refusal<Unready> | undefined> {
    const standing = parts.adopted.standing();
    if (standing === "foreign") return foreignSecrets(parts.adopted.foreign());
    if (standing === "altered") return this.#alteredRecord();
    if (standing === "adopted") return undefined;
    if (this.#name === adminObjectName) {
      if (standing === "changed" || !reading.has(type)) parts.recordPrimaries();
      return undefined;
    }
    if (reading.has(type)) return undefined;

    const command = { type: "adopt-secrets", ...primariesOf(parts.keyring) } as const;
    const answer = await sendToObject(this.env.KEY_MANAGER, adminObjectName, command, systemCaller);
    if (!answer.ok) return answer;
    if (parts.adopted.standing() !== "adopted") parts.recordPrimaries();
    return undefined;
  }

  #alteredRecord(): Refusal<Unready> {
    const detail = `the record of adopted secrets in ${this.#name} was changed from outside: restore the store from a backup`;
    return refuse({ code: "not_configured", detail, settings: [] });
  }

  /** Off unless ROTATED_RETENTION_DAYS says otherwise. What cannot be judged, because a secret is missing, waits. */
  #purge({ bus }: ObjectParts): void {
    const retentionDays = this.#rotatedRetentionDays;
    if (retentionDays === null) return;
    try {
      const { isUnderWay } = bus.execute({ type: "purge-rotated-keys", retentionDays }, systemCaller).value;
      this.#alarm.ringIn(isUnderWay ? flushDelayMs : purgePauseMs);
    } catch (error) {
      if (!(error instanceof SecretMissing)) throw error;
      this.#alarm.ringIn(purgePauseMs);
    }
  }

  #wakeForRefusals(parts: ObjectParts): void {
    const milliseconds = parts.suppressedRefusalsInMs;
    if (milliseconds !== null) this.#alarm.ringIn(milliseconds);
  }

  /** Once an hour: looking for what is past its day reads every record there is. */
  #clearEnded(parts: ObjectParts): void {
    if (this.#world.machineTime() >= this.#clearAgainAt) {
      const left = parts.clearEnded();
      if (left === "done") return;
      this.#clearAgainAt = this.#world.machineTime() + (left === "more" ? flushDelayMs : clearingPauseMs);
    }
    this.#alarm.ringIn(this.#clearAgainAt - this.#world.machineTime());
  }

  /** Rings again when the oldest counts have to go, or soon while there are more of them than one go removes. */
  #clearValidations(parts: ObjectParts): void {
    if (this.#usageRetentionDays === null) return;
    const dueInMs = parts.clearValidations(this.#usageRetentionDays);
    if (dueInMs !== null) this.#alarm.ringIn(Math.max(dueInMs, flushDelayMs));
  }

  /** Once a day at most, and then not before the oldest event comes due. */
  #prune({ bus }: ObjectParts): void {
    const retentionDays = this.#auditRetentionDays;
    if (retentionDays === null) return;
    if (this.#world.machineTime() >= this.#pruneAgainAt) {
      const { isUnderWay, dueInMs } = bus.execute({ type: "prune-events", retentionDays }, systemCaller).value;
      if (dueInMs === null) return;
      this.#pruneAgainAt = this.#world.machineTime() + (isUnderWay ? flushDelayMs : Math.max(dueInMs, pruningPauseMs));
    }
    this.#isPruningAhead = true;
    this.#alarm.ringIn(this.#pruneAgainAt - this.#world.machineTime());
  }

  /** An object that has something to keep wakes some day to see what need not be kept any longer. */
  #planPruning(): void {
    if (this.#isPruningAhead || this.#auditRetentionDays === null) return;
    this.#isPruningAhead = true;
    this.#alarm.ringOnceWithin(pruningPauseMs);
  }
}
