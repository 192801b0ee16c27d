import { type EventPosition, latestMoment } from "../../core/event-position.ts";
import type { EventLog, PlacedStoredEvent } from "../../core/ports.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { EventChain } from "./event-chain.ts";
import { eventColumns, storedEventOf } from "./event-row.ts";
import type { Signing } from "./signed-table.ts";

type Place = { readonly sequence: number; readonly at: number };

/** Times for which positions have no place stand only where somebody put them. */
const momentOf = (at: SqlStorageValue | undefined): number => Math.min(Math.max(0, Number(at)), latestMoment);

const columns = [...eventColumns, "hash"].join(", ");

/** The events of one object to be read, checked and, once they are old, removed. */
export class SqliteEventLog implements EventLog {
  readonly #sql: SqlStorage;
  readonly #object: string;
  readonly #chain: EventChain;

  constructor(signing: Signing, keyring: Keyring) {
    this.#sql = signing.sql;
    this.#object = signing.object;
    this.#chain = new EventChain(signing, keyring);
  }

  *newestFirst(before: EventPosition | null, until: number | null): Iterable<PlacedStoredEvent> {
    let at = Math.min(this.#lastMoment(before), until === null ? latestMoment : until - 1);
    const top = before?.chain === this.#object ? before.sequence - 1 : this.#lastUpTo(at);
    const statement = `SELECT ${columns} FROM events WHERE sequence BETWEEN 1 AND ? ORDER BY sequence DESC`;
    for (const row of this.#sql.exec(statement, top)) {
      // No event is earlier than the one before it; where its time says so, somebody changed it.
      at = Math.min(at, momentOf(row.at));
      const event = storedEventOf(row, this.#object);
      yield { place: { at, chain: this.#object, sequence: event.sequence }, event };
    }
  }

  verify(after: number | null, atMost: number): ReturnType<EventLog["verify"]> {
    return this.#chain.verify(after, atMost);
  }

  prune(before: number, atMost: number): boolean {
    const oldestAt = this.oldestAt();
    return oldestAt !== null && oldestAt < before && this.#chain.prune(before, atMost);
  }

  oldestAt(): number | null {
    return this.#place("sequence > ? ORDER BY sequence", 0)?.at ?? null;
  }

  /** The last moment at which an event of this object comes before the place. */
  #lastMoment(before: EventPosition | null): number {
    if (!before) return latestMoment;
    return this.#object <= before.chain ? before.at : before.at - 1;
  }

  /** The newest event up to that moment: times never descend along the chain, so 20 looks find it among a million. */
  #lastUpTo(at: number): number {
    const newest = this.#place("sequence <= ? ORDER BY sequence DESC", Number.MAX_SAFE_INTEGER);
    if (!newest || newest.at <= at) return newest?.sequence ?? 0;
    let low = 0;
    let high = newest.sequence;
    while (high - low > 1) {
      const middle = low + Math.floor((high - low) / 2);
      const place = this.#place("sequence <= ? ORDER BY sequence DESC", middle);
      if (place && place.sequence > low && place.at > at) high = place.sequence;
      else low = middle;
    }
    return low;
  }

  #place(where: string, sequence: number): Place | undefined {
    for (const place of this.#sql.exec<Place>(`SELECT sequence, at FROM events WHERE ${where} LIMIT 1`, sequence)) {
      return { sequence: place.sequence, at: momentOf(place.at) };
    }
    return undefined;
  }
}
