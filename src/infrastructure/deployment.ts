import { type Refusal, type Success, succeed } from "../core/result.ts";
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
import { foreignSecret, foreignSecretNames, foreignSecrets } from "./secrets/foreign-secrets.ts";
import { type LoadedSource, loadSecrets } from "./secrets/load-secrets.ts";
import { problemsOfRefusal, problemsRefusal } from "./secrets/problems-refusal.ts";
import { readRetentionDays } from "./secrets/retention-setting.ts";
import { missingSealers } from "./secrets/retired-tag-keys.ts";
import { type SecretSourceNow, secretSourcesNow } from "./secrets/secret-sources.ts";
import { readShards, shardsLowered } from "./secrets/shard-setting.ts";
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
  readonly #bindings: Bindings;
  readonly #shards: number | SettingProblem;
  /** Of all settings but the secrets. */
  readonly #settingProblems: readonly SettingProblem[];
  readonly #register: KnownRegister;
  #sourcesInUse: readonly LoadedSource[] = [];
  #loaded: Success<Configured> | undefined;

  constructor(bindings: Bindings, machineTime: () => number = () => Date.now()) {
    this.#bindings = bindings;
    const read = () => sendToObject(bindings.KEY_MANAGER, adminObjectName, { type: "read-register" }, systemCaller);
    this.#register = new KnownRegister(read, machineTime);
    this.#shards = readShards(bindings.SHARDS);
    const corsOrigins = readCorsOrigins(bindings.CORS_ORIGINS);
    this.corsOrigins = "name" in corsOrigins ? new Set() : corsOrigins;
    const retentions = ["ROTATED_RETENTION_DAYS", "USAGE_RETENTION_DAYS", "AUDIT_RETENTION_DAYS"] as const;
    this.#settingProblems = [
      ...[this.#shards, ...retentions.map((name) => readRetentionDays(name, bindings[name], null))].filter(
        (setting) => typeof setting === "object" && setting !== null,
      ),
      ...("name" in corsOrigins ? [corsOrigins] : []),
    ];
  }

  /** For the hot path: no object is asked. What does not fit the store is found out by whoever needs the register. */
  async configured(): Promise<Configured | undefined> {
    const loaded = this.#loaded ?? (await this.#load());
    return loaded.ok ? loaded.value : undefined;
  }

  /** The secrets fit the store: asks the admin object once in the life of the isolate, and again while they do not. */
  async ready(): Promise<Success<Configured> | Refusal<Unready>> {
    const loaded = this.#loaded ?? (await this.#load());
    if (!loaded.ok) return problemsRefusal(loaded.problems);
    const { keyring } = loaded.value;
    const answer = await this.#register.ensure();
    if (!answer.ok) return answer;
    if (foreignSecretNames(keyring, answer.value).length === 0) return loaded;
    const renewed = await this.#register.recent();
    if (!renewed.ok) return renewed;
    const foreign = foreignSecretNames(keyring, renewed.value);
    return foreign.length === 0 ? loaded : foreignSecrets(foreign);
  }

  /** Everything the operator has to mend, as of a second ago at most. */
  async problems(): Promise<readonly SettingProblem[] | Refusal<Unready>> {
    const loaded = this.#loaded ?? (await this.#load());
    if (!loaded.ok) return loaded.problems;
    const { keyring, shards } = loaded.value;
    const answer = await this.#register.recent(readinessMomentMs);
    if (!answer.ok) return answer.failure.code === "not_configured" ? problemsOfRefusal(answer.failure) : answer;

    const register = answer.value;
    const foreign = foreignSecretNames(keyring, register).map(foreignSecret);
    const problems = foreign.length > 0 ? foreign : missingSealers(keyring, register);
    const isLowered = register.shards !== null && shards < register.shards.mark;
    return isLowered ? [...problems, shardsLowered(shards, register.shards.mark)] : problems;
  }

  /** Where the secrets come from now, and whether that is still what this isolate works with. */
  async secretSources(): Promise<readonly SecretSourceNow[]> {
    if (!this.#loaded) await this.#load();
    return secretSourcesNow(this.#bindings, this.#sourcesInUse);
  }

  /**
   * Once in the life of the isolate. Each request that comes before reads the secrets itself: a reading may die with the
   * request that began it. What is not in order is not kept.
   */
  async #load(): Promise<Success<Configured> | { readonly ok: false; readonly problems: readonly SettingProblem[] }> {
    const secrets = await loadSecrets(this.#bindings);
    const problems = [...(secrets.ok ? [] : secrets.problems), ...this.#settingProblems];
    if (!secrets.ok || typeof this.#shards !== "number" || problems.length > 0) return { ok: false, problems };
    if (!this.#loaded) {
      this.#sourcesInUse = secrets.sources;
      this.#loaded = succeed(this.#compose(secrets.keyring, this.#shards));
    }
    return this.#loaded;
  }

  #compose(keyring: Keyring, shards: number): Configured {
    const manager = new KeyManagerClient(this.#bindings.KEY_MANAGER, this.#register, shards);
    return {
      keyring,
      shards,
      manager,
      frontDoor: new FrontDoor(new KeyGate(keyring, this.#register), this.#register, manager),
    };
  }
}
