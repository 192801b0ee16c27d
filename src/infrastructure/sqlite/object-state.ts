import type { Clock } from "../../core/ports.ts";
import { open, type Place, seal } from "../crypto/envelope.ts";
import { frame } from "../crypto/frame.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { hmacSha256, isEqual, randomBytes } from "../crypto/primitives.ts";
import { fromBlob, type Row, SignedTable, type Signing, toBlob } from "./signed-table.ts";

export const objectStateTable = {
  name: "object_state",
  key: ["id"],
  columns: [
    "id",
    "format",
    "greatest_time",
    "last_ordinal",
    "sequence",
    "head_hash",
    "head_mac",
    "counters",
    "chain_key",
    "encryption_fingerprint",
  ],
} as const;

interface State {
  greatestTime: number;
  lastOrdinal: number;
  sequence: number;
  headHash: Uint8Array;
  counters: Record<string, number>;
  sealedChainKey: Uint8Array | null;
  encryptionFingerprint: string;
}

const emptyState = (): State => ({
  greatestTime: 0,
  lastOrdinal: 0,
  sequence: 0,
  headHash: new Uint8Array(32),
  counters: {},
  sealedChainKey: null,
  encryptionFingerprint: "",
});

export const headMac = (chainKey: Uint8Array, object: string, sequence: number, hash: Uint8Array): Uint8Array =>
  hmacSha256(chainKey, frame(["latchkey/v1/head", object, sequence, hash]));

export const chainKeyPlace = (object: string): Place => ({
  purpose: "chain-key",
  object,
  table: objectStateTable.name,
  rowId: "1",
  column: "chain_key",
});

/**
 * What an object knows of itself: its time, its newest id, the head of its event chain, its counters. Held in memory,
 * written as one row in every transaction that changes it, and read again when a transaction is undone.
 */
export class ObjectState implements Clock {
  readonly #table: SignedTable;
  readonly #keyring: Keyring;
  readonly #object: string;
  readonly #machineTime: () => number;
  #held = emptyState();
  #fault: Error | undefined;
  #writtenTime = 0;
  #isStored = false;
  #isDirty = false;
  #chainKey: Uint8Array | null = null;

  constructor(signing: Signing, keyring: Keyring, machineTime: () => number) {
    this.#table = new SignedTable(signing, objectStateTable);
    this.#keyring = keyring;
    this.#object = signing.object;
    this.#machineTime = machineTime;
    this.#read();
  }

  /** Throws where the stored state, or the head of the chain in it, is not what was written: nothing is built upon it. */
  check(): void {
    if (this.#fault) throw this.#fault;
  }

  get isAltered(): boolean {
    return this.#fault !== undefined;
  }

  now(): number {
    this.#state.greatestTime = Math.max(this.#machineTime(), this.#state.greatestTime);
    return this.#state.greatestTime;
  }

  remember(passed: number): void {
    if (this.#writtenTime <= passed) this.#isDirty = true;
  }

  /** Milliseconds of time acted on that a crash would forget. */
  get unwrittenTimeMs(): number {
    return this.#isStored ? this.#held.greatestTime - this.#writtenTime : 0;
  }

  get greatestTime(): number {
    return this.#held.greatestTime;
  }

  nextOrdinal(): number {
    this.#state.lastOrdinal = Math.max(this.now(), this.#state.lastOrdinal + 1);
    this.#isDirty = true;
    return this.#state.lastOrdinal;
  }

  count(counter: string, change: number): void {
    if (change === 0) return;
    const { counters } = this.#state;
    // Facts of a tampered record may take away what was never counted.
    counters[counter] = Math.max(0, (counters[counter] ?? 0) + change);
    if (counters[counter] === 0) delete counters[counter];
    this.#isDirty = true;
  }

  get counters(): Readonly<Record<string, number>> {
    return this.#state.counters;
  }

  get sequence(): number {
    return this.#state.sequence;
  }

  get headHash(): Uint8Array {
    return this.#state.headHash;
  }

  moveHead(sequence: number, hash: Uint8Array): void {
    this.#state.sequence = sequence;
    this.#state.headHash = hash;
    this.#isDirty = true;
  }

  /** Made with the first event of the object, and the same for ever. */
  chainKey(): Uint8Array {
    this.#chainKey ??= this.#openChainKey() ?? this.#makeChainKey();
    return this.#chainKey;
  }

  write(): void {
    if (!this.#isDirty) return;
    const row = this.#row();
    if (this.#isStored) this.#table.update({ id: 1 }, row);
    else this.#table.insert(row);
    this.#isStored = true;
    this.#isDirty = false;
    this.#writtenTime = this.#state.greatestTime;
  }

  writeTime(): void {
    if (this.unwrittenTimeMs === 0) return;
    this.#isDirty = true;
    this.write();
  }

  /** Seals the chain key, and signs the state, under the primaries. The key itself stays, and with it every hash. */
  protectAnew(): void {
    if (!this.#isStored || this.#fault) return;
    this.#seal(this.chainKey());
    this.#isDirty = true;
    this.write();
  }

  get #state(): State {
    this.check();
    return this.#held;
  }

  #openChainKey(): Uint8Array | undefined {
    if (!this.#state.sealedChainKey) return undefined;
    const chainKey = open(this.#keyring.encryption, chainKeyPlace(this.#object), this.#state.sealedChainKey);
    if (!chainKey) throw new Error(`the chain key of ${this.#object} does not open`);
    return chainKey;
  }

  #makeChainKey(): Uint8Array {
    const chainKey = randomBytes(32);
    this.#seal(chainKey);
    return chainKey;
  }

  #seal(chainKey: Uint8Array): void {
    const { primary } = this.#keyring.encryption;
    this.#state.sealedChainKey = seal(primary, chainKeyPlace(this.#object), chainKey);
    this.#state.encryptionFingerprint = primary.fingerprint;
  }

  #read(): void {
    const row = this.#table.first("WHERE id = 1");
    this.#isDirty = false;
    this.#isStored = row !== undefined;
    if (row && !this.#table.isGenuine(row)) {
      this.#fault = new Error(`the state of ${this.#object} was changed from outside`);
      return;
    }
    this.#held = row ? stateOf(row) : emptyState();
    this.#writtenTime = this.#held.greatestTime;
    if (row && this.#held.sequence > 0) this.#checkHead(fromBlob(row.head_mac));
  }

  #checkHead(mac: Uint8Array): void {
    if (!isEqual(mac, headMac(this.chainKey(), this.#object, this.#state.sequence, this.#state.headHash))) {
      this.#fault = new Error(`the head of the event chain of ${this.#object} was changed from outside`);
    }
  }

  #row(): Row {
    const chainKey = this.chainKey();
    const { greatestTime, lastOrdinal, sequence, headHash, counters, sealedChainKey } = this.#state;
    return {
      id: 1,
      format: 1,
      greatest_time: greatestTime,
      last_ordinal: lastOrdinal,
      sequence,
      head_hash: toBlob(headHash),
      head_mac: toBlob(headMac(chainKey, this.#object, sequence, headHash)),
      counters: JSON.stringify(counters),
      chain_key: toBlob(sealedChainKey ?? new Uint8Array()),
      encryption_fingerprint: this.#state.encryptionFingerprint,
    };
  }
}

const stateOf = (row: Row): State => ({
  greatestTime: Number(row.greatest_time),
  lastOrdinal: Number(row.last_ordinal),
  sequence: Number(row.sequence),
  headHash: fromBlob(row.head_hash),
  counters: JSON.parse(String(row.counters)) as Record<string, number>,
  sealedChainKey: fromBlob(row.chain_key),
  encryptionFingerprint: String(row.encryption_fingerprint),
});
