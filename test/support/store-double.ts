import type { SecretTextName } from "../../src/infrastructure/secrets/keyring-of-texts.ts";
import type { StoredSecret } from "../../src/infrastructure/secrets/stored-secret.ts";

/** Stands in what the store throws, and must stand in no answer. */
export const storeCanary = "canary-of-the-store";

/**
 * A Cloudflare Secrets Store, as far as a binding shows it: a text, or an exception with the words of the platform's own.
 * That these are its words is proved against the local one in test/process/secrets-store.test.ts.
 */
export class StoreDouble {
  readonly texts: Partial<Record<SecretTextName, string>>;
  state: "up" | "down" | "hanging" = "up";
  /** What fails while it is not up; all of it where nobody says. */
  failing: readonly SecretTextName[] | "all" = "all";
  reads = 0;
  pauseMs = 0;

  constructor(texts: Partial<Record<SecretTextName, string>> = {}) {
    this.texts = texts;
  }

  /** The settings of a Worker that has these secrets bound as `SECRETS_STORE_...`. */
  bound(...names: SecretTextName[]): { readonly [Name in `SECRETS_STORE_${SecretTextName}`]?: StoredSecret } {
    return Object.fromEntries(names.map((name) => [`SECRETS_STORE_${name}`, this.secret(name)]));
  }

  secret(name: SecretTextName): StoredSecret {
    return { get: () => this.#get(name) };
  }

  async #get(name: SecretTextName): Promise<string> {
    this.reads += 1;
    if (this.pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, this.pauseMs));
    const fails = this.failing === "all" || this.failing.includes(name);
    if (this.state === "hanging" && fails) return new Promise(() => undefined);
    if (this.state === "down" && fails) throw new Error(`internal error; ${storeCanary} not found`);
    const text = this.texts[name];
    if (text === undefined) throw new Error(`Secret "${name}" not found`);
    return text;
  }
}
