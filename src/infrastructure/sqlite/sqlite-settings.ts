import type { Clock, Settings } from "../../core/ports.ts";
import { type Reencryption, runAfterSwap } from "../../core/reencryption.ts";
import type { Primaries, Register, ShardCounts } from "../../core/register.ts";
import type { AdoptedSecrets } from "./adopted-secrets.ts";
import { SignedTable, type Signing } from "./signed-table.ts";

export const settingsTable = { name: "settings", key: ["name"], columns: ["name", "format", "value"] } as const;

/** What the admin object knows for the whole store, and any object of its own housekeeping. */
export class SqliteSettings implements Settings {
  readonly #table: SignedTable;
  readonly #adopted: AdoptedSecrets;
  readonly #clock: Clock;
  readonly #heldSecrets: ReadonlyMap<string, unknown>;
  /** As it is stored; undefined until it is first asked for. */
  #reencryption: Reencryption | null | undefined;

  constructor(signing: Signing, adopted: AdoptedSecrets, clock: Clock) {
    this.#table = new SignedTable(signing, settingsTable);
    this.#adopted = adopted;
    this.#clock = clock;
    this.#heldSecrets = signing.ring.byFingerprint;
  }

  setUpAt(): number | null {
    return this.#read<{ at: number }>("set-up")?.at ?? null;
  }

  recordSetUp(at: number, admin: string): void {
    this.#write("set-up", { at, admin });
  }

  usedRecoveryTokens(): readonly string[] {
    return this.#read<{ tokenDigests: string[] }>("recovery")?.tokenDigests ?? [];
  }

  recordRecovery(tokenDigest: string): void {
    this.#write("recovery", { tokenDigests: [...this.usedRecoveryTokens(), tokenDigest] });
  }

  shards(): ShardCounts | null {
    return this.#read<ShardCounts>("shards") ?? null;
  }

  recordShards(shards: ShardCounts): void {
    this.#write("shards", shards);
  }

  purge(): { readonly at: number; readonly examinedTo: string | null } | null {
    return this.#read("purge") ?? null;
  }

  recordPurge(position: { readonly at: number; readonly examinedTo: string | null }): void {
    this.#write("purge", position);
  }

  reencryption(): Reencryption | null {
    if (this.#reencryption === undefined) this.#reencryption = this.#readReencryption();
    return this.#reencryption;
  }

  recordReencryption(run: Reencryption | null): void {
    this.#write("reencryption", run);
    this.#reencryption = run;
  }

  /** Others have become the primaries of this object. */
  forgetProgress(): void {
    const run = this.reencryption();
    if (run) this.recordReencryption(runAfterSwap(run));
  }

  register(): Register {
    return {
      encryption: this.#adopted.current("encryption"),
      hmac: this.#adopted.current("hmac"),
      tagKeys: this.#adopted.tagKeys(),
      shards: this.shards(),
    };
  }

  adopt(primaries: Primaries): boolean {
    return this.#adopted.admit(primaries, this.#clock.now());
  }

  #read<Value>(name: string): Value | undefined {
    const row = this.#table.first("WHERE name = ?", name);
    if (!row) return undefined;
    if (!this.#table.isGenuine(row)) throw new Error(`the setting ${name} was changed from outside`);
    return JSON.parse(String(row.value)) as Value;
  }

  /** Whoever cannot be judged, because his secret is gone, is not believed and stops nobody. */
  #readReencryption(): Reencryption | null {
    const row = this.#table.first("WHERE name = ?", "reencryption");
    const isHeld = row && this.#heldSecrets.has(String(row.mac_fingerprint));
    return isHeld && this.#table.isGenuine(row) ? (JSON.parse(String(row.value)) as Reencryption) : null;
  }

  #write(name: string, value: object | null): void {
    const row = { name, format: 1, value: JSON.stringify(value) };
    const known = this.#table.first("WHERE name = ?", name);
    if (known) this.#table.update(row, row);
    else this.#table.insert(row);
  }
}
