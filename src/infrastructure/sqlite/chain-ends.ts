import { open } from "../crypto/envelope.ts";
import { frame } from "../crypto/frame.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { hmacSha256, isEqual } from "../crypto/primitives.ts";
import { SecretMissing } from "../crypto/secret-missing.ts";
import { chainKeyPlace, headMac, objectStateTable } from "./object-state.ts";
import { fromBlob, type Row, SignedTable, type Signing, toBlob } from "./signed-table.ts";

/** An event, as the one after it knows it. */
export interface Link {
  readonly sequence: number;
  readonly hash: Uint8Array;
}

/** Where a chain ends, as the state of its object tells it. */
export interface ChainEnd {
  /** Undefined when what is stored does not open: then nothing can be said of any event. */
  readonly chainKey: Uint8Array | undefined;
  /** The newest event; undefined when its MAC does not hold. */
  readonly head: Link | undefined;
  /** The whole row is the one that was signed. */
  readonly isGenuine: boolean;
}

const beforeTheFirst: Link = { sequence: 0, hash: new Uint8Array(32) };

export const checkpointMac = (chainKey: Uint8Array, object: string, { sequence, hash }: Link): Uint8Array =>
  hmacSha256(chainKey, frame(["latchkey/v1/checkpoint", object, sequence, hash]));

const linkOf = (sequence: SqlStorageValue | undefined, hash: SqlStorageValue | undefined): Link | undefined =>
  Number.isSafeInteger(sequence) ? { sequence: Number(sequence), hash: fromBlob(hash) } : undefined;

/** Both ends of an object's chain, read from what is stored and believed only as far as it proves itself. */
export class ChainEnds {
  readonly #signing: Signing;
  readonly #keyring: Keyring;
  readonly #state: SignedTable;

  constructor(signing: Signing, keyring: Keyring) {
    this.#signing = signing;
    this.#keyring = keyring;
    this.#state = new SignedTable(signing, objectStateTable);
  }

  /** Undefined where the object has no state, and so ought to have no events. */
  end(): ChainEnd | undefined {
    const row = this.#state.first("WHERE id = 1");
    if (!row) return undefined;
    const chainKey = this.#openChainKey(row);
    const told = linkOf(row.sequence, row.head_hash);
    const mac = chainKey && told && headMac(chainKey, this.#signing.object, told.sequence, told.hash);
    const isHead = mac !== undefined && isEqual(mac, fromBlob(row.head_mac));
    return { chainKey, head: isHead ? told : undefined, isGenuine: this.#state.isGenuine(row) };
  }

  /** What the oldest event has to follow from: the newest one that was pruned. Undefined when the mark of it does not hold. */
  start(chainKey: Uint8Array): Link | undefined {
    for (const row of this.#signing.sql.exec("SELECT sequence, hash, mac FROM event_checkpoint")) {
      const link = linkOf(row.sequence, row.hash);
      const mac = link && checkpointMac(chainKey, this.#signing.object, link);
      return mac && isEqual(mac, fromBlob(row.mac)) ? link : undefined;
    }
    return beforeTheFirst;
  }

  moveStart(chainKey: Uint8Array, link: Link): void {
    this.#signing.sql.exec(
      `INSERT INTO event_checkpoint (id, format, sequence, hash, mac) VALUES (1, 1, ?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET sequence = ?1, hash = ?2, mac = ?3`,
      link.sequence,
      toBlob(link.hash),
      toBlob(checkpointMac(chainKey, this.#signing.object, link)),
    );
  }

  /** An envelope that names a key which never was ours was put there from outside; one of ours that is missing is an outage. */
  #openChainKey(row: Row): Uint8Array | undefined {
    try {
      return open(this.#keyring.encryption, chainKeyPlace(this.#signing.object), fromBlob(row.chain_key));
    } catch (error) {
      if (error instanceof SecretMissing && !this.#signing.hasWrittenUnder(error.fingerprint, "encryption"))
        return undefined;
      throw error;
    }
  }
}
