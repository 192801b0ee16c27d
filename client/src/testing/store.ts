import type { HeldKey } from "./held-key.ts";
import { bareIdAt, keyStringOf } from "./key-string.ts";

/** Everything one double holds. */
export class Store {
  readonly keys = new Map<string, HeldKey>();
  readonly kept = new Map<string, { readonly request: string; readonly value: object }>();
  isDown = false;
  #aheadMs = 0;
  #ordinal = 0;

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  advance(seconds: number): void {
    this.#aheadMs += seconds * 1000;
  }

  mint(prefix: string): { readonly id: string; readonly text: string } {
    this.#ordinal = Math.max(this.#ordinal + 1, this.now());
    const bareId = bareIdAt(this.#ordinal);
    return { id: `key_${bareId}`, text: keyStringOf(prefix, bareId) };
  }

  save(key: HeldKey): HeldKey {
    this.keys.set(key.id, key);
    return key;
  }

  change(key: HeldKey, changes: Partial<HeldKey>): HeldKey {
    return this.save({ ...key, ...changes, updatedAt: this.now(), version: key.version + 1 });
  }
}
