import type { VerifiedChain } from "../../core/verified-chain.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { isEqual, toHex } from "../crypto/primitives.ts";
import { isBelied } from "./belied-events.ts";
import { type ChainEnd, ChainEnds, type Link } from "./chain-ends.ts";
import { eventColumns, eventHash } from "./event-row.ts";
import { fromBlob, isSignable, type Row, type Signing } from "./signed-table.ts";

interface VerifiedPart {
  readonly chain: VerifiedChain;
  readonly isThrough: boolean;
}

interface Facts {
  readonly chainKey: Uint8Array;
  readonly start: Link;
  readonly end: ChainEnd;
}

const columns = [...eventColumns, "hash"].join(", ");
const noHash = toHex(new Uint8Array(32));

/** The hash chain over the events of one object. Asks nothing of ObjectState: its row may be what was changed. */
export class EventChain {
  readonly #sql: SqlStorage;
  readonly #object: string;
  readonly #ends: ChainEnds;

  constructor(signing: Signing, keyring: Keyring) {
    this.#sql = signing.sql;
    this.#object = signing.object;
    this.#ends = new ChainEnds(signing, keyring);
  }

  verify(after: number | null, atMost: number): VerifiedPart {
    const end = this.#ends.end();
    if (!end) return this.#isUnused() ? this.#part(0, noHash, 0) : this.#part(0, null, 0, 1);
    const start = end.chainKey && this.#ends.start(end.chainKey);
    if (!end.chainKey || !start) return this.#part(this.#newest(), null, 0, 1);

    const facts = { chainKey: end.chainKey, start, end };
    const stray = this.#first("sequence <= ? ORDER BY sequence", start.sequence);
    if (stray) return this.#told(facts, Math.min(start.sequence, stray - 1), stray);
    const from = after === null || after <= start.sequence ? start : this.#linkAt(facts.chainKey, after);
    return from ? this.#walk(facts, from, atMost) : this.#told(facts, (after ?? 1) - 1, after ?? 1);
  }

  /** Removes what happened before that time, as far as it follows; true when there may be more. */
  prune(before: number, atMost: number): boolean {
    const chainKey = this.#ends.end()?.chainKey;
    const start = chainKey && this.#ends.start(chainKey);
    if (!chainKey || !start) return false;
    let last = start;
    let pruned = 0;
    for (const row of this.#rowsAfter(start, atMost)) {
      const link = Number(row.at) < before ? this.#next(chainKey, last, row) : undefined;
      if (!link) break;
      last = link;
      pruned += 1;
    }
    if (pruned === 0) return false;
    this.#ends.moveStart(chainKey, last);
    this.#sql.exec("DELETE FROM events WHERE sequence > ? AND sequence <= ?", start.sequence, last.sequence);
    return pruned === atMost;
  }

  #walk(facts: Facts, from: Link, atMost: number): VerifiedPart {
    const { chainKey, end } = facts;
    let last = from;
    for (const row of this.#rowsAfter(from, atMost + 1)) {
      if (last.sequence === from.sequence + atMost) return { ...this.#told(facts, last.sequence), isThrough: false };
      if (end.head && last.sequence >= end.head.sequence) {
        return this.#told(facts, last.sequence, Number(row.sequence));
      }
      const link = this.#next(chainKey, last, row);
      if (!link) return this.#told(facts, last.sequence, last.sequence + 1);
      last = link;
    }
    return this.#atTheEnd(facts, last);
  }

  /** Nothing is stored behind this event: it must be the one that the signed state calls the newest. */
  #atTheEnd(facts: Facts, last: Link): VerifiedPart {
    const { head, isGenuine } = facts.end;
    if (head?.sequence !== last.sequence) return this.#told(facts, last.sequence, last.sequence + 1);
    if (!isEqual(head.hash, last.hash)) return this.#told(facts, last.sequence - 1, last.sequence);
    return isGenuine ? this.#told(facts, last.sequence) : this.#told(facts, last.sequence, last.sequence + 1);
  }

  #told({ start, end }: Facts, verifiedThrough: number, firstBroken?: number): VerifiedPart {
    const events = Math.max(0, (end.head?.sequence ?? this.#newest()) - start.sequence);
    return this.#part(events, end.head ? toHex(end.head.hash) : null, verifiedThrough, firstBroken);
  }

  #part(events: number, head: string | null, verifiedThrough: number, firstBroken?: number): VerifiedPart {
    const chain = { object: this.#object, events, verifiedThrough, head };
    return { chain: firstBroken === undefined ? chain : { ...chain, firstBroken }, isThrough: true };
  }

  /** The event as a link of the chain, if it follows from the one before and the records do not belie it. */
  #next(chainKey: Uint8Array, last: Link, row: Row): Link | undefined {
    const follows = row.sequence === last.sequence + 1 && isEqual(fromBlob(row.previous_hash), last.hash);
    return follows && this.#isGenuine(chainKey, row) && !isBelied(this.#sql, row)
      ? { sequence: last.sequence + 1, hash: fromBlob(row.hash) }
      : undefined;
  }

  #isGenuine(chainKey: Uint8Array, row: Row): boolean {
    if (!Object.values(row).every(isSignable)) return false;
    const hashed = eventColumns.map((column) => [column, row[column] ?? null] as const);
    return isEqual(eventHash(chainKey, this.#object, hashed), fromBlob(row.hash));
  }

  #linkAt(chainKey: Uint8Array, sequence: number): Link | undefined {
    for (const row of this.#sql.exec(`SELECT ${columns} FROM events WHERE sequence = ?`, sequence)) {
      return this.#isGenuine(chainKey, row) ? { sequence, hash: fromBlob(row.hash) } : undefined;
    }
    return undefined;
  }

  #rowsAfter({ sequence }: Link, atMost: number): Iterable<Row> {
    const statement = `SELECT ${columns} FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?`;
    return this.#sql.exec(statement, sequence, atMost);
  }

  #newest(): number {
    return this.#first("sequence <= ? ORDER BY sequence DESC", Number.MAX_SAFE_INTEGER) ?? 0;
  }

  #first(where: string, sequence: number): number | undefined {
    const rows = this.#sql.exec<{ sequence: number }>(`SELECT sequence FROM events WHERE ${where} LIMIT 1`, sequence);
    for (const row of rows) return row.sequence;
    return undefined;
  }

  /** No key, no admin, no event: nobody ever wrote here. */
  #isUnused(): boolean {
    const tables = ["events", "event_checkpoint", "api_keys", "admins"];
    const statement = tables.map((table) => `SELECT 1 FROM (SELECT 1 FROM ${table} LIMIT 1)`).join(" UNION ALL ");
    return this.#sql.exec(statement).toArray().length === 0;
  }
}
