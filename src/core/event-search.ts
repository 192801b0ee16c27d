import type { StoredEvent } from "./stored-event.ts";

/** What a list of events is narrowed to. */
export interface EventSearch {
  /** Any of these types: each is one type, or the beginning of some with `.*` behind it. None does not narrow. */
  readonly types: readonly string[];
  readonly keyId: string | null;
  readonly lineage: string | null;
  readonly actorId: string | null;
  /** The first millisecond that counts. */
  readonly since: number | null;
  /** The first millisecond that does not count any more. */
  readonly until: number | null;
}

const isOfType = (wanted: string, type: string): boolean =>
  wanted.endsWith(".*") ? type.startsWith(wanted.slice(0, -1)) : type === wanted;

const allows = (wanted: string | null, value: string | null): boolean => wanted === null || wanted === value;

/** Whether an event is one of those; the times are looked at where the events are read. */
export const matchesEventSearch = (search: EventSearch, { type, actor, subject }: StoredEvent): boolean =>
  allows(search.keyId, subject.id) &&
  allows(search.lineage, subject.lineage) &&
  allows(search.actorId, actor.id) &&
  (search.types.length === 0 || search.types.some((wanted) => isOfType(wanted, type)));
