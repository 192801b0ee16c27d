import type { ApiKey, StoredApiKey } from "../../src/core/api-key/api-key.ts";
import type { KeySearch } from "../../src/core/api-key/key-search.ts";
import type { ApiKeys } from "../../src/core/ports.ts";

interface Entry {
  readonly key: ApiKey;
  readonly digest: string;
}

/** Keys in a map. Its digest of a key string is the string itself, as bytes: nothing is secret here. */
export class InMemoryApiKeys implements ApiKeys {
  readonly #entries = new Map<string, Entry>();
  readonly #uses = new Map<string, number>();

  find(id: string): StoredApiKey | undefined {
    const entry = this.#entries.get(id);
    return entry && this.#stored(entry.key);
  }

  findBySecret(id: string, digest: Uint8Array): StoredApiKey | undefined {
    return this.#entries.get(id)?.digest === new TextDecoder().decode(digest) ? this.find(id) : undefined;
  }

  lineage(lineage: string): readonly StoredApiKey[] {
    return this.#newestFirst()
      .filter(({ key }) => key.lineage === lineage)
      .toReversed();
  }

  *newestFirst(_search: KeySearch, before: string | null): Iterable<StoredApiKey> {
    for (const stored of this.#newestFirst()) if (before === null || stored.key.id < before) yield stored;
  }

  insert(key: ApiKey, keyString: string): void {
    this.#entries.set(key.id, { key, digest: keyString });
  }

  save(_before: StoredApiKey, after: ApiKey): void {
    const entry = this.#entries.get(after.id);
    if (entry) this.#entries.set(after.id, { ...entry, key: after });
  }

  remove({ key }: StoredApiKey): void {
    this.#entries.delete(key.id);
    this.#uses.delete(key.id);
  }

  keyString(id: string): string | undefined {
    return this.#entries.get(id)?.digest;
  }

  noteUse(id: string, at: number): void {
    this.#uses.set(id, at);
  }

  #newestFirst(): StoredApiKey[] {
    return [...this.#entries.values()]
      .toSorted((one, other) => (one.key.id < other.key.id ? 1 : -1))
      .map(({ key }) => this.#stored(key));
  }

  #stored(key: ApiKey): StoredApiKey {
    return { key, tampered: false, lastUsedAt: this.#uses.get(key.id) ?? null };
  }
}
