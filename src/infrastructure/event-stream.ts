import type { Caller } from "../core/access/caller.ts";
import { positionOf } from "../core/event-position.ts";
import { type Refusal, type Success, succeed } from "../core/result.ts";
import type { EventView } from "../core/stored-event.ts";
import type { PlacedEvent } from "../core/use-cases/list-events.ts";
import type { Unready } from "../core/use-cases.ts";
import type { EventReader, ListEvents } from "./event-reader.ts";

type Ask = (command: ListEvents) => ReturnType<EventReader["pageOf"]>;

/** So many events are handed on at a time. */
const batchMax = 250;

/** One object's events, a bounded page of them at hand. */
class Source {
  readonly #ask: Ask;
  #next: ListEvents | undefined;
  #page: readonly PlacedEvent[] = [];
  #taken = 0;

  constructor(command: ListEvents, ask: Ask) {
    this.#next = command;
    this.#ask = ask;
  }

  get newest(): PlacedEvent | undefined {
    return this.#page[this.#taken];
  }

  /** True when nothing is at hand although there may be more. */
  get isEmpty(): boolean {
    return !this.newest && this.#next !== undefined;
  }

  take(): void {
    this.#taken += 1;
  }

  /** Asks until there is an event at hand, or none is left. */
  async fill(): Promise<Success<null> | Refusal<Unready>> {
    while (this.#next && !this.newest) {
      const answer = await this.#ask(this.#next);
      if (!answer.ok) return answer;
      const { items, examinedTo, finished } = answer.value;
      this.#page = items;
      this.#taken = 0;
      const before = examinedTo === null ? undefined : positionOf(examinedTo);
      this.#next = finished || !before ? undefined : { ...this.#next, before };
    }
    return succeed(null);
  }
}

const fillAll = async (sources: readonly Source[]): Promise<Success<null> | Refusal<Unready>> => {
  const fillings = await Promise.all(sources.map((source) => source.fill()));
  return fillings.find((filling) => !filling.ok) ?? succeed(null);
};

/** The newest events at hand, as long as every object's next one is known. */
const takeBatch = (sources: readonly Source[]): EventView[] => {
  const batch: EventView[] = [];
  while (batch.length < batchMax) {
    const [first, ...others] = sources.filter(({ newest }) => newest);
    if (!first?.newest) break;
    const source = others.reduce(
      (one, other) => ((other.newest?.position ?? "") > (one.newest?.position ?? "") ? other : one),
      first,
    );
    if (source.newest) batch.push(source.newest.event);
    source.take();
    if (source.isEmpty) break;
  }
  return batch;
};

async function* inBatches(sources: readonly Source[]): AsyncGenerator<readonly EventView[], void> {
  for (;;) {
    const filled = await fillAll(sources);
    if (!filled.ok) throw new Error(`the events end early: ${filled.failure.code}`);
    const batch = takeBatch(sources);
    if (batch.length === 0) return;
    yield batch;
  }
}

/**
 * All events of the search, newest first, a bounded number in memory at a time. Every object is asked before this
 * answers, so what is written later is not among them; what fails after that throws where the next batch is asked for.
 */
export const streamEvents = async (
  reader: EventReader,
  command: ListEvents,
  caller: Caller,
): Promise<Success<AsyncIterableIterator<readonly EventView[]>> | Refusal<Unready>> => {
  const asked = await reader.sources(command);
  if ("ok" in asked) return asked;
  const sources = asked.names.map((name) => new Source(asked.command, (next) => reader.pageOf(name, next, caller)));
  const filled = await fillAll(sources);
  return filled.ok ? succeed(inBatches(sources)) : filled;
};
