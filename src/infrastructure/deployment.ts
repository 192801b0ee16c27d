import { type Refusal, succeed } from "../core/result.ts";
import type { SettingProblem } from "../core/setting-problem.ts";
import type { Answer, Unready } from "../core/use-cases.ts";
import type { Bindings } from "./bindings.ts";
import type { Keyring } from "./crypto/keyring.ts";
import { FrontDoor } from "./front-door.ts";
import { KeyGate } from "./key-gate.ts";
import { KeyManagerClient } from "./key-manager-client.ts";
import { KnownRegister } from "./known-register.ts";
import { adminObjectName, systemCaller } from "./object-names.ts";
import { foreignSecretDetail, foreignSecretNames } from "./secrets/foreign-secrets.ts";
import { problemsRefusal } from "./secrets/problems-refusal.ts";
import { readShards, shardsLowered } from "./secrets/shard-setting.ts";
import { readWorkerSecrets } from "./secrets/worker-secrets.ts";
import { sendToObject } from "./send-to-object.ts";

/** The parts that work once the settings are in order. */
export interface Configured {
  readonly keyring: Keyring;
  readonly manager: KeyManagerClient;
  readonly frontDoor: FrontDoor;
}

type Settings = { readonly keyring: Keyring; readonly shards: number };

const readSettings = (bindings: Bindings): Settings | readonly SettingProblem[] => {
  const secrets = readWorkerSecrets(bindings);
  const shards = readShards(bindings.SHARDS);
  if (secrets.ok && typeof shards === "number") return { keyring: secrets.keyring, shards };
  return [...(secrets.ok ? [] : secrets.problems), ...(typeof shards === "number" ? [] : [shards])];
};

/** This deployment as one isolate sees it: its settings, whether they fit the store, and the way to the objects. */
export class Deployment {
  readonly #settings: Settings | readonly SettingProblem[];
  readonly #register: KnownRegister;
  readonly #configured: Configured | undefined;

  constructor(bindings: Bindings, machineTime: () => number = () => Date.now()) {
    const objects = bindings.KEY_MANAGER;
    const read = () => sendToObject(objects, adminObjectName, { type: "read-register" }, systemCaller);
    this.#settings = readSettings(bindings);
    this.#register = new KnownRegister(read, machineTime);
    this.#configured = "keyring" in this.#settings ? this.#compose(objects, this.#settings) : undefined;
  }

  /** For the hot path: no object is asked. What does not fit the store is found out by whoever needs the register. */
  get configured(): Configured | undefined {
    return this.#configured;
  }

  /** Settings and store fit: asks the admin object once in the life of the isolate, and again while they do not. */
  async ready(): Promise<{ readonly ok: true; readonly value: Configured } | Refusal<Unready>> {
    const problems = await this.problems(() => this.#register.ensure());
    if ("ok" in problems) return problems;
    if (this.#configured && problems.length === 0) return succeed(this.#configured);
    return problemsRefusal(problems);
  }

  /** Everything the operator has to mend, found out anew. */
  async problems(
    readRegister: () => Promise<Answer<"read-register">> = () => this.#register.refresh(),
  ): Promise<readonly SettingProblem[] | Refusal<Unready>> {
    if (!("keyring" in this.#settings)) return this.#settings;
    const { keyring, shards } = this.#settings;
    const answer = await readRegister();
    if (!answer.ok) return answer.failure.code === "not_configured" ? problemsOf(answer.failure) : answer;

    const register = answer.value;
    const problems = foreignSecretNames(keyring, register).map(foreignSecret);
    const isLowered = register.shards !== null && shards < register.shards.mark;
    return isLowered ? [...problems, shardsLowered(shards, register.shards.mark)] : problems;
  }

  #compose(objects: Bindings["KEY_MANAGER"], { keyring, shards }: Settings): Configured {
    const manager = new KeyManagerClient(objects, this.#register, shards);
    return { keyring, manager, frontDoor: new FrontDoor(new KeyGate(keyring, this.#register), manager) };
  }
}

const foreignSecret = (name: string): SettingProblem => ({ name, detail: foreignSecretDetail(name) });

const problemsOf = ({
  settings,
  detail,
}: {
  readonly settings: readonly string[];
  readonly detail: string;
}): SettingProblem[] =>
  settings.length === 0 ? [{ name: "secrets", detail }] : settings.map((name) => ({ name, detail }));
