import type { KeyString } from "../core/api-key/key-string.ts";
import type { Register, RetiredTagKey } from "../core/register.ts";
import { type Refusal, refuse } from "../core/result.ts";
import type { Unready } from "../core/use-cases.ts";
import { isTagOf } from "./crypto/key-tag.ts";
import { epochOfFingerprint, type Keyring } from "./crypto/keyring.ts";
import { SecretMissing } from "./crypto/secret-missing.ts";
import type { KnownRegister } from "./known-register.ts";
import { foreignSecretNames, foreignSecrets } from "./secrets/foreign-secrets.ts";
import { openTagKey, retiredTagKeys } from "./secrets/retired-tag-keys.ts";

export type GateAnswer = "genuine" | "forged" | Refusal<Unready>;

/**
 * Turns forged keys away by their tag, without asking an object. A tag is a filter, not authority: whoever passes is
 * still compared with the stored verifier. What cannot be judged for want of the register is never called forged.
 */
export class KeyGate {
  readonly #keyring: Keyring;
  readonly #register: KnownRegister;

  constructor(keyring: Keyring, register: KnownRegister) {
    this.#keyring = keyring;
    this.#register = register;
  }

  async check(key: KeyString): Promise<GateAnswer> {
    if (this.#isTaggedByHeldSecret(key)) return "genuine";
    const known = await this.#register.ensure();
    if (!known.ok) return known;
    const judgement = this.#judge(key, known.value);
    if (judgement !== "forged" || this.#isKnownEpoch(known.value.tagKeys, key.epoch)) return judgement;

    const renewed = await this.#register.recent();
    return renewed.ok ? this.#judge(key, renewed.value) : renewed;
  }

  #judge(key: KeyString, register: Register): GateAnswer {
    const foreign = foreignSecretNames(this.#keyring, register);
    if (foreign.length > 0) return foreignSecrets(foreign);
    return this.#judgeByRetired(key, register);
  }

  get #heldSecrets() {
    return [...this.#keyring.hmac.byFingerprint.values()];
  }

  #isTaggedByHeldSecret({ epoch, tagged, tag }: KeyString): boolean {
    return this.#heldSecrets.some((secret) => secret.epoch === epoch && isTagOf(secret.tagKey, tagged, tag));
  }

  /** The tag keys of held secrets are in the register too, and have been tried. */
  #judgeByRetired({ epoch, tagged, tag }: KeyString, register: Register): GateAnswer {
    const retired = retiredTagKeys(this.#keyring, register);
    const opened = retired
      .filter(({ fingerprint }) => epochOfFingerprint(fingerprint) === epoch)
      .map((one) => openTagKey(this.#keyring, one));
    if (opened.some((tagKey) => !(tagKey instanceof SecretMissing) && isTagOf(tagKey, tagged, tag))) return "genuine";
    const missing = opened.find((tagKey) => tagKey instanceof SecretMissing);
    return missing
      ? refuse({ code: "not_configured", detail: missing.message, settings: [missing.setting] })
      : "forged";
  }

  #isKnownEpoch(tagKeys: readonly RetiredTagKey[], epoch: string): boolean {
    return [...this.#heldSecrets, ...tagKeys].some(({ fingerprint }) => epochOfFingerprint(fingerprint) === epoch);
  }
}
