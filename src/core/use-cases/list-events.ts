import type { Caller } from "../access/caller.ts";
import { isEventVisible } from "../access/event-visibility.ts";
import type { ShardPage } from "../api-key/merge-pages.ts";
import { type EventPosition, positionText } from "../event-position.ts";
import { type EventSearch, matchesEventSearch } from "../event-search.ts";
import type { Ports } from "../ports.ts";
import { succeed } from "../result.ts";
import { type EventView, viewOfEvent } from "../stored-event.ts";

export interface ListEvents {
  readonly type: "list-events";
  readonly search: EventSearch;
  /** Only events before this place in the order over all objects. */
  readonly before: EventPosition | null;
  readonly limit: number;
  /** Characters of JSON after which a page is full: an event may hold long changes. */
  readonly charactersMax: number;
}

export interface PlacedEvent {
  readonly position: string;
  readonly event: EventView;
}

/** Looks at a bounded number of events; a page may be short, or empty, while older events are left. */
export const listEvents =
  ({ eventLog, limits }: Ports) =>
  ({ search, before, limit, charactersMax }: ListEvents, caller: Caller) => {
    const { since, until } = search;
    const items: PlacedEvent[] = [];
    let examined = 0;
    let characters = 0;
    let examinedTo: string | null = null;
    const page = (finished: boolean) => succeed<ShardPage<PlacedEvent>>({ items, examinedTo, finished });
    const isFull = () => items.length === limit || examined === limits.examinedRowsMax || characters >= charactersMax;

    for (const { place, event } of eventLog.newestFirst(before, until)) {
      if (since !== null && place.at < since) break;
      if (isFull()) return page(false);
      const position = positionText(place);
      if (matchesEventSearch(search, event) && isEventVisible(caller.grants, event)) {
        const view = viewOfEvent(event);
        items.push({ position, event: view });
        characters += JSON.stringify(view).length;
      }
      examined += 1;
      examinedTo = position;
    }
    return page(true);
  };
