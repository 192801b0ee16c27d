import type { Settings } from "../../core/ports.ts";
import { type Reencryption, runAfterSwap } from "../../core/reencryption.ts";
import type { Primaries, Register, ShardCounts } from "../../core/register.ts";
import type { AdoptedSecrets } from "./adopted-secrets.ts";
import type { ObjectState } from "./object-state.ts";
import { noteNeeded } from "./protection-counters.ts";
import { type Row, SignedTable, type Signing } from "./signed-table.ts";

export const settingsTable = { name: "settings", key: ["name"], columns: ["name", "format", "value"] } as const;

const walks = "walks";
const shardsMark = "shardsMark";

/** What the admin object knows for the whole store, and any object of its own housekeeping. */
export class SqliteSettings implements Settings {
  readonly #table: SignedTable;
  readonly #adopted: AdoptedSecrets;
  readonly #state: ObjectState;
  readonly #heldSecrets: ReadonlyMap<string, unknown>;
  /** As it is stored; undefined until it is first asked for. */
  #reencryption: Reencryption | null | undefined;

  constructor(signing: Signing, adopted: AdoptedSecrets, state: ObjectState) {
    this.#table = new SignedTable(signing, settingsTable);
    this.#adopted = adopted;
    this.#state = state;
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

  /** The state knows the mark too: without this row, or with an older one put back, shards full of keys would be passed over. */
  shards(): ShardCounts | null {
    const known = this.#read<ShardCounts>("shards") ?? null;
    if ((known?.mark ?? 0) < this.#shardsMark) throw new Error("the setting shards was changed from outside");
    return known;
  }

  recordShards(shards: ShardCounts): void {
    this.#state.count(shardsMark, shards.mark - this.#shardsMark);
    this.#write("shards", shards);
  }

  /** What was changed from outside tells of no place: a clearing that begins anew does no harm. */
  purge(): { readonly at: number; readonly examinedTo: string | null } | null {
    const row = this.#row("purge");
    return row && this.#table.isGenuine(row) ? JSON.parse(String(row.value)) : null;
  }

  recordPurge(position: { readonly at: number; readonly examinedTo: string | null }): void {
    this.#write("purge", position);
  }

  reencryption(): Reencryption | null {
    if (this.#reencryption === undefined) this.#reencryption = this.#readReencryption();
    return this.#reencryption;
  }

  /** Whatever begins or ends a walk has the next number, which the state knows: an older record put back goes nowhere. */
  recordReencryption(run: Reencryption | null): void {
    if (!run?.place) this.#state.count(walks, 1);
    this.#write("reencryption", run && { ...run, walk: this.#walk });
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
    const isHeld = this.#adopted.admit(primaries, this.#state.now());
    if (isHeld) noteNeeded(this.#state, primaries);
    return isHeld;
  }

  #read<Value>(name: string): Value | undefined {
    const row = this.#row(name);
    if (!row) return undefined;
    if (!this.#table.isGenuine(row)) throw new Error(`the setting ${name} was changed from outside`);
    return JSON.parse(String(row.value)) as Value;
  }

  /** Whoever cannot be judged, because his secret is gone, is not believed and stops nobody. */
  #readReencryption(): Reencryption | null {
    const row = this.#row("reencryption");
    const isHeld = row && this.#heldSecrets.has(String(row.mac_fingerprint));
    if (!isHeld || this.#state.isAltered || !this.#table.isGenuine(row)) return null;
    const known = JSON.parse(String(row.value)) as (Reencryption & { readonly walk: number }) | null;
    if (known?.walk !== this.#walk) return null;
    const { walk: _number, ...run } = known;
    return run;
  }

  get #walk(): number {
    return this.#state.counters[walks] ?? 0;
  }

  get #shardsMark(): number {
    return this.#state.counters[shardsMark] ?? 0;
  }

  #row(name: string): Row | undefined {
    return this.#table.first("WHERE name = ?", name);
  }

  #write(name: string, value: object | null): void {
    const row = { name, format: 1, value: JSON.stringify(value) };
    const known = this.#row(name);
    if (known) this.#table.update(row, row);
    else this.#table.insert(row);
  }
}
