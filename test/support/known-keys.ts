import type { RefusedCode } from "../../src/core/api-key/verdict.ts";
import type { CreatedKey } from "./manager.ts";

/** Keys of one lineage may change together: a revocation takes older ones with it. */
interface KnownLineage {
  /** How often one of them was changed: an answer from before a change says nothing about it. */
  changes: number;
  /** Somebody is changing one of them. */
  isBusy: boolean;
}

/** What whoever made a key knows of it. */
export interface KnownKey {
  readonly id: string;
  readonly key: string;
  readonly recoverable: boolean;
  readonly lineage: KnownLineage;
  verdict: RefusedCode | "valid";
  /** It was replaced, and is the past of another key. */
  isReplaced: boolean;
  /** The request that made it, to be sent again, and its answer. */
  readonly made: { readonly idempotencyKey: string; readonly json: object; readonly text: string } | null;
}

const pickOf = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(Math.random() * items.length)];

/** All keys of a manager under load, and what must be true of them. */
export class KnownKeys {
  readonly #byId = new Map<string, KnownKey>();
  readonly all: KnownKey[] = [];

  add({ id, key, recoverable }: CreatedKey, made: KnownKey["made"] = null, predecessor?: KnownKey): KnownKey {
    const lineage = predecessor?.lineage ?? { changes: 0, isBusy: false };
    const known: KnownKey = { id, key, recoverable, lineage, verdict: "valid", isReplaced: false, made };
    this.#byId.set(id, known);
    this.all.push(known);
    return known;
  }

  noteRevoked(ids: readonly string[]): void {
    for (const id of ids) {
      const known = this.#byId.get(id);
      if (known) known.verdict = "revoked";
    }
  }

  /** One of those that nobody is changing. */
  any(fits: (known: KnownKey) => boolean = () => true): KnownKey | undefined {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const known = pickOf(this.all);
      if (known && !known.lineage.isBusy && fits(known)) return known;
    }
    return undefined;
  }

  /** Nobody else touches it meanwhile. */
  async change({ lineage }: KnownKey, act: () => Promise<void>): Promise<void> {
    lineage.isBusy = true;
    try {
      await act();
    } finally {
      lineage.changes += 1;
      lineage.isBusy = false;
    }
  }
}
