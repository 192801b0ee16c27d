import type { ApiKey } from "../../core/api-key/api-key.ts";
import { ordinalOf } from "../../core/api-key/key-string.ts";
import type { Lifecycle } from "../../core/api-key/lifecycle.ts";
import {
  dayOf,
  expiringMs,
  figuresBy,
  type KeyFigures,
  standingOf,
  unusedSinceDay,
} from "../../core/api-key/standing.ts";
import type { KeyTally, Limits } from "../../core/ports.ts";
import type { KeyUses } from "./key-uses.ts";
import { lifecycleOf } from "./lifecycle-columns.ts";
import type { ObjectState } from "./object-state.ts";
import type { Row } from "./signed-table.ts";

/**
 * How far the counters have come in the order of ends: every end before `time` is behind them, and of those at that very
 * time the ends of the keys up to `ordinal`, because a million keys may end together.
 */
interface Place {
  readonly time: number;
  readonly ordinal: number;
}

/** What of a key decides where it is counted. */
interface Countable {
  readonly ordinal: number;
  readonly life: Lifecycle;
  /** Its last use that is written, or its creation. */
  readonly seenAt: number;
}

type Changes = Map<string, number>;

const columns =
  "ordinal, enabled, created_at, expires_at, predecessor, successor, grace_ends_at, grace_finished, revoked_at, last_used_at";
const keysWithUses = (index: string) => `api_keys ${index} LEFT JOIN api_key_uses USING (ordinal)`;

/** What may change where a key is counted without anybody acting, each with the index that has it in order. */
const kindsOfEnd = [
  { end: "expires_at", before: 0, where: "", index: "INDEXED BY api_keys_by_expiry" },
  { end: "expires_at", before: expiringMs, where: "", index: "INDEXED BY api_keys_by_expiry" },
  { end: "grace_ends_at", before: 0, where: "AND grace_finished = 0", index: "INDEXED BY api_keys_by_grace_end" },
] as const;

const seen = "seen:";

/**
 * Counts the keys of an object by what they were at one moment, in the counters of its state. An act moves a key from
 * one counter to another; a passing end does so when the moment moves on past it, by alarm, in bounded steps.
 */
export class SqliteKeyTally implements KeyTally {
  readonly #sql: SqlStorage;
  readonly #state: ObjectState;
  readonly #uses: KeyUses;
  readonly #limits: Pick<Limits, "examinedRowsMax">;

  constructor(sql: SqlStorage, state: ObjectState, uses: KeyUses, limits: Pick<Limits, "examinedRowsMax">) {
    this.#sql = sql;
    this.#state = state;
    this.#uses = uses;
    this.#limits = limits;
  }

  /** A store that is older than these counters is counted once, as its indexes are once made. */
  countOlderStore(): void {
    if (this.#isBegun) return;
    const changes: Changes = new Map();
    for (const row of this.#sql.exec(`SELECT ${columns} FROM ${keysWithUses("")}`)) {
      this.#begin();
      change(changes, this.#countersOf(countableOf(row)), 1);
    }
    this.#apply(changes);
  }

  /** One key in the place of another, of itself as it was mostly; null where there is none. */
  replace(before: ApiKey | null, after: ApiKey | null): void {
    const id = (before ?? after)?.id;
    if (id === undefined) return;
    this.#begin();
    const writtenAt = this.#uses.writtenAt(id);
    const countersOf = (life: ApiKey) =>
      this.#countersOf({ ordinal: ordinalOf(id), life, seenAt: writtenAt ?? life.createdAt });
    const changes: Changes = new Map();
    if (before) change(changes, countersOf(before), -1);
    if (after) change(changes, countersOf(after), 1);
    this.#apply(changes);
  }

  /** Before the uses are written that memory holds. */
  noteUses(): void {
    const changes: Changes = new Map();
    this.#changeByUses(changes, this.#place);
    this.#apply(changes);
  }

  /** Moves on to the present; false where there is more than one step may take. */
  advance(): boolean {
    if (!this.#isBegun) return true;
    const { changes, reached, isPresent } = this.#changesUntil(this.#state.now());
    this.#apply(changes);
    this.#apply(this.#daysToFold(unusedSinceDay(reached.time)));
    const { time, ordinal } = this.#place;
    this.#state.count("talliedTo", reached.time - time);
    this.#state.count("talliedOrdinal", reached.ordinal - ordinal);
    return isPresent;
  }

  figures(): { readonly figures: KeyFigures; readonly complete: boolean } {
    const now = this.#state.now();
    const { changes, reached, isPresent } = this.#changesUntil(now);
    this.#changeByUses(changes, reached);
    const { counters } = this.#state;
    for (const [name, count] of Object.entries(counters)) change(changes, [name], count);
    for (const [, count] of daysUntil(unusedSinceDay(now), changes)) change(changes, ["unused"], count);
    return {
      figures: figuresBy(counters.keys ?? 0, (name) => Math.max(0, changes.get(name) ?? 0)),
      complete: isPresent,
    };
  }

  get #isBegun(): boolean {
    return this.#state.counters.talliedTo !== undefined;
  }

  #begin(): void {
    if (!this.#isBegun) this.#state.count("talliedTo", this.#state.now());
  }

  get #place(): Place {
    const { talliedTo = 0, talliedOrdinal = 0 } = this.#state.counters;
    return { time: talliedTo, ordinal: talliedOrdinal };
  }

  #apply(changes: Changes): void {
    for (const [name, count] of changes) this.#state.count(name, count);
  }

  #countersOf({ ordinal, life, seenAt }: Countable, place = this.#place): string[] {
    const now = ordinal <= place.ordinal ? place.time + 1 : place.time;
    const { status, isLive, isInGrace, isExpiring } = standingOf(life, now);
    const seenDay = dayOf(seenAt);
    const isLongUnused = seenDay <= unusedSinceDay(this.#place.time);
    return [
      `status:${status}`,
      ...(isInGrace ? ["inGrace"] : []),
      ...(isExpiring ? ["expiring"] : []),
      ...(isLive ? [isLongUnused ? "unused" : `${seen}${seenDay}`] : []),
    ];
  }

  /** What the ends change that lie between the counters' place and this time, as many as one step may look at. */
  #changesUntil(now: number): { changes: Changes; reached: Place; isPresent: boolean } {
    const { examinedRowsMax } = this.#limits;
    const ends = this.#endsBefore(now, examinedRowsMax + 1);
    const changes: Changes = new Map();
    let reached = this.#place;
    for (const { endsAt, ...key } of ends.slice(0, examinedRowsMax)) {
      const next = { time: endsAt, ordinal: key.ordinal };
      change(changes, this.#countersOf(key, reached), -1);
      change(changes, this.#countersOf(key, next), 1);
      reached = next;
    }
    const isPresent = ends.length <= examinedRowsMax;
    return { changes, reached: isPresent ? { time: now, ordinal: 0 } : reached, isPresent };
  }

  /** The next ends, in their order, no more than `count`. */
  #endsBefore(now: number, count: number): (Countable & { readonly endsAt: number })[] {
    const { time, ordinal } = this.#place;
    if (time >= now) return [];
    const select = (kind: (typeof kindsOfEnd)[number], condition: string, ...bindings: number[]) =>
      [
        ...this.#sql.exec(
          `SELECT ${kind.end} AS ends_at, ${columns} FROM ${keysWithUses(kind.index)}
             WHERE revoked_at IS NULL ${kind.where} AND ${condition} LIMIT ${count}`,
          ...bindings,
        ),
      ].map((row) => ({ ...countableOf(row), endsAt: Number(row.ends_at) - kind.before }));
    return kindsOfEnd
      .flatMap((kind) => [
        ...select(kind, `${kind.end} = ? AND ordinal > ? ORDER BY ordinal`, time + kind.before, ordinal),
        ...select(
          kind,
          `${kind.end} > ? AND ${kind.end} < ? ORDER BY ${kind.end}, ordinal`,
          time + kind.before,
          now + kind.before,
        ),
      ])
      .toSorted((one, other) => one.endsAt - other.endsAt || one.ordinal - other.ordinal)
      .slice(0, count);
  }

  /** A key that is used was last seen on another day than before. */
  #changeByUses(changes: Changes, place: Place): void {
    for (const { id, at, writtenAt } of this.#uses.unwritten()) {
      if (writtenAt !== null && dayOf(writtenAt) === dayOf(at)) continue;
      const statement = `SELECT ${columns} FROM ${keysWithUses("")} WHERE ordinal = ?`;
      for (const row of this.#sql.exec(statement, ordinalOf(id))) {
        const key = countableOf(row);
        change(changes, this.#countersOf(key, place), -1);
        change(changes, this.#countersOf({ ...key, seenAt: at }, place), 1);
      }
    }
  }

  #daysToFold(lastDay: number): Changes {
    const changes: Changes = new Map();
    for (const [name, count] of daysUntil(lastDay, Object.entries(this.#state.counters))) {
      change(changes, [name], -count);
      change(changes, ["unused"], count);
    }
    return changes;
  }
}

const change = (changes: Changes, names: readonly string[], by: number): void => {
  for (const name of names) changes.set(name, (changes.get(name) ?? 0) + by);
};

const daysUntil = (lastDay: number, counters: Iterable<[string, number]>): [string, number][] =>
  [...counters].filter(([name]) => name.startsWith(seen) && Number(name.slice(seen.length)) <= lastDay);

const countableOf = (row: Row): Countable => ({
  ordinal: Number(row.ordinal),
  life: lifecycleOf(row),
  seenAt: Number(row.last_used_at ?? row.created_at),
});
