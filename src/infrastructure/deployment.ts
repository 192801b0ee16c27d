import { type Refusal, succeed } from "../core/result.ts";
import type { SettingProblem } from "../core/setting-problem.ts";
import type { Unready } from "../core/use-cases.ts";
import type { Bindings } from "./bindings.ts";
import type { Keyring } from "./crypto/keyring.ts";
import { FrontDoor } from "./front-door.ts";
import { KeyGate } from "./key-gate.ts";
import { KeyManagerClient } from "./key-manager-client.ts";
import { KnownRegister } from "./known-register.ts";
import { adminObjectName, systemCaller } from "./object-names.ts";
import { readCorsOrigins } from "./secrets/cors-setting.ts";
import { foreignSecretDetail, foreignSecretNames, foreignSecrets } from "./secrets/foreign-secrets.ts";
import { problemsRefusal } from "./secrets/problems-refusal.ts";
import { readRetentionDays } from "./secrets/retention-setting.ts";
import { readShards, shardsLowered } from "./secrets/shard-setting.ts";
import { readWorkerSecrets } from "./secrets/worker-secrets.ts";
import { sendToObject } from "./send-to-object.ts";

/** So often, at most, everybody together makes the admin object tell how it is. */
const readinessMomentMs = 1000;

/** The parts that work once the settings are in order. */
export interface Configured {
  readonly keyring: Keyring;
  readonly shards: number;
  readonly manager: KeyManagerClient;
  readonly frontDoor: FrontDoor;
}

/** This deployment as one isolate sees it: its settings, whether they fit the store, and the way to the objects. */
export class Deployment {
  readonly corsOrigins: ReadonlySet<string>;
  readonly #settingProblems: readonly SettingProblem[];
  readonly #register: KnownRegister;
  readonly #configured: Configured | undefined;

  constructor(bindings: Bindings, machineTime: () => number = () => Date.now()) {
    const objects = bindings.KEY_MANAGER;
    const read = () => sendToObject(objects, adminObjectName, { type: "read-register" }, systemCaller);
    this.#register = new KnownRegister(read, machineTime);
    const secrets = readWorkerSecrets(bindings);
    const shards = readShards(bindings.SHARDS);
    const corsOrigins = readCorsOrigins(bindings.CORS_ORIGINS);
    this.corsOrigins = "name" in corsOrigins ? new Set() : corsOrigins;
    const retentions = ["ROTATED_RETENTION_DAYS", "USAGE_RETENTION_DAYS", "AUDIT_RETENTION_DAYS"] as const;
    this.#settingProblems = [
      ...(secrets.ok ? [] : secrets.problems),
      ...[shards, ...retentions.map((name) => readRetentionDays(name, bindings[name], null))].filter(
        (setting) => typeof setting === "object" && setting !== null,
      ),
      ...("name" in corsOrigins ? [corsOrigins] : []),
    ];
    if (this.#settingProblems.length > 0) return;
    if (secrets.ok && typeof shards === "number") this.#configured = this.#compose(objects, secrets.keyring, shards);
  }

  /** For the hot path: no object is asked. What does not fit the store is found out by whoever needs the register. */
  get configured(): Configured | undefined {
    return this.#configured;
  }

  /** The secrets fit the store: asks the admin object once in the life of the isolate, and again while they do not. */
  async ready(): Promise<{ readonly ok: true; readonly value: Configured } | Refusal<Unready>> {
    if (!this.#configured) return problemsRefusal(this.#settingProblems);
    const { keyring } = this.#configured;
    const answer = await this.#register.ensure();
    if (!answer.ok) return answer;
    if (foreignSecretNames(keyring, answer.value).length === 0) return succeed(this.#configured);
    const renewed = await this.#register.recent();
    if (!renewed.ok) return renewed;
    const foreign = foreignSecretNames(keyring, renewed.value);
    return foreign.length === 0 ? succeed(this.#configured) : foreignSecrets(foreign);
  }

  /** Everything the operator has to mend, as of a second ago at most. */
  async problems(): Promise<readonly SettingProblem[] | Refusal<Unready>> {
    if (!this.#configured) return this.#settingProblems;
    const { keyring, shards } = this.#configured;
    const answer = await this.#register.recent(readinessMomentMs);
    if (!answer.ok) return answer.failure.code === "not_configured" ? problemsOf(answer.failure) : answer;

    const register = answer.value;
    const problems = foreignSecretNames(keyring, register).map(foreignSecret);
    const isLowered = register.shards !== null && shards < register.shards.mark;
    return isLowered ? [...problems, shardsLowered(shards, register.shards.mark)] : problems;
  }

  #compose(objects: Bindings["KEY_MANAGER"], keyring: Keyring, shards: number): Configured {
    const manager = new KeyManagerClient(objects, this.#register, shards);
    return {
      keyring,
      shards,
      manager,
      frontDoor: new FrontDoor(new KeyGate(keyring, this.#register), this.#register, manager),
    };
  }
}

const foreignSecret = (name: string): SettingProblem => ({ name, detail: foreignSecretDetail(name) });

/** The objects have the same settings; what one of them says of several at once is told of each alone. */
const problemsOf = ({
  settings,
  detail,
}: {
  readonly settings: readonly string[];
  readonly detail: string;
}): SettingProblem[] =>
  settings.length > 1 ? settings.map(foreignSecret) : [{ name: settings[0] ?? "secrets", detail }];
