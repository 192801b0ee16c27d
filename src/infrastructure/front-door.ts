import type { Caller } from "../core/access/caller.ts";
import { mayActOnPrefix } from "../core/access/decide.ts";
import { matchesAnyGlob } from "../core/access/glob.ts";
import { sessionPrefix } from "../core/access/session.ts";
import { adminPrefix, parseKeyString } from "../core/api-key/key-string.ts";
import { refusedVerdict, type ValidationRequest, type Verdict } from "../core/api-key/verdict.ts";
import { type Refusal, refuse, succeed } from "../core/result.ts";
import type { Answer, KeyManager, Unready } from "../core/use-cases.ts";
import { digestOf } from "./crypto/verifier.ts";
import type { KeyGate } from "./key-gate.ts";
import type { KnownRegister } from "./known-register.ts";
import { systemCaller } from "./object-names.ts";

/** Where a request comes from, for the event of a refusal. */
type Origin = Pick<Caller, "requestId" | "ip">;

/** Where key strings come in. What can be told from the string alone is told here; only its digest goes further. */
export class FrontDoor {
  readonly #gate: KeyGate;
  readonly #register: KnownRegister;
  readonly #manager: KeyManager;

  constructor(gate: KeyGate, register: KnownRegister, manager: KeyManager) {
    this.#gate = gate;
    this.#register = register;
    this.#manager = manager;
  }

  async validate(
    { key: given, scopes, anyScope, prefixes }: ValidationRequest,
    caller: Caller,
  ): Promise<{ readonly ok: true; readonly value: Verdict } | Refusal<Unready>> {
    const key = parseKeyString(given);
    if (!key) return succeed(refusedVerdict("malformed"));
    const isWanted = prefixes.length === 0 || matchesAnyGlob(prefixes, key.prefix);
    if (!isWanted || !mayActOnPrefix(caller.grants, "keys:validate", key.prefix)) {
      return succeed(refusedVerdict("wrong_prefix"));
    }
    if (key.prefix === adminPrefix) return succeed(refusedVerdict("unknown"));

    const passage = await this.#gate.check(key);
    if (passage === "forged") return succeed(refusedVerdict("unknown"));
    if (passage !== "genuine") return passage;
    const id = `key_${key.bareId}`;
    return this.#manager.execute({ type: "validate-key", id, digest: digestOf(key.text), scopes, anyScope }, caller);
  }

  async authenticate(given: string, origin: Origin): Promise<Answer<"authenticate-admin">> {
    const passed = await this.#passed(given, adminPrefix);
    if (!passed.ok) return passed;
    const { bareId, text } = passed.value;
    const command = { type: "authenticate-admin", id: `adm_${bareId}`, digest: digestOf(text) } as const;
    return this.#noting(await this.#manager.execute(command, { ...systemCaller, ...origin }));
  }

  /** A session's token has the form of a key string, so a forged one is turned away here as well. */
  async authenticateSession(given: string, origin: Origin): Promise<Answer<"authenticate-session">> {
    const passed = await this.#passed(given, sessionPrefix);
    if (!passed.ok) return passed;
    const { bareId, text } = passed.value;
    const command = { type: "authenticate-session", id: `ses_${bareId}`, digest: digestOf(text) } as const;
    return this.#noting(await this.#manager.execute(command, { ...systemCaller, ...origin }));
  }

  async #passed(given: string, prefix: string) {
    const key = parseKeyString(given);
    if (key?.prefix !== prefix) return refuse({ code: "invalid_credential" });
    const passage = await this.#gate.check(key);
    if (passage === "forged") return refuse({ code: "invalid_credential" });
    return passage === "genuine" ? succeed(key) : passage;
  }

  #noting<Identified extends Answer<"authenticate-admin">>(answer: Identified): Identified {
    if (answer.ok && answer.value.shards) this.#register.noteShards(answer.value.shards);
    return answer;
  }
}
