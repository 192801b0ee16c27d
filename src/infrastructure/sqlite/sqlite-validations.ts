import { ordinalOf } from "../../core/api-key/key-string.ts";
import { dayMs, dayOf } from "../../core/api-key/standing.ts";
import type { Validations } from "../../core/ports.ts";
import {
  type HourOfValidations,
  hourMs,
  isOutcome,
  type Outcome,
  type OutcomeCounts,
  sumOutcomes,
} from "../../core/validation-counts.ts";
import { parsedOr } from "./lifecycle-columns.ts";

/** In the place of a key's ordinal: all keys of the object together. */
const allKeys = 0;
/** Of more keys than this between two writes only the sum of all is counted; each takes some 300 bytes meanwhile. */
const keysMax = 50_000;
const clearedAtOnce = 5000;

type Hours = Map<number, OutcomeCounts>;

/** How validations ended, gathered in memory and written together: one row per key and day, with its hours in it. */
export class SqliteValidations implements Validations {
  readonly #sql: SqlStorage;
  /** By ordinal, then by hour. */
  readonly #unwritten = new Map<number, Hours>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  note(id: string, outcome: Outcome, at: number): void {
    const ordinal = ordinalOf(id);
    this.#add(allKeys, outcome, at);
    if (this.#unwritten.has(ordinal) || this.#unwritten.size <= keysMax) this.#add(ordinal, outcome, at);
  }

  ofKey(id: string, since: number, until: number): readonly HourOfValidations[] {
    return this.#between(ordinalOf(id), since, until);
  }

  ofAll(since: number, until: number): readonly HourOfValidations[] {
    return this.#between(allKeys, since, until);
  }

  /** From day to day by the key of the table, which begins with the day, and not through the rows of other keys. */
  forget(id: string): void {
    const ordinal = ordinalOf(id);
    this.#unwritten.delete(ordinal);
    this.#sql.exec(
      `WITH RECURSIVE days (day) AS (
         SELECT min(day) FROM validation_counts WHERE day >= ?1
         UNION ALL
         SELECT (SELECT min(day) FROM validation_counts WHERE day > days.day) FROM days WHERE days.day IS NOT NULL
       )
       DELETE FROM validation_counts WHERE ordinal = ?2 AND day IN (SELECT day FROM days)`,
      dayOf(ordinal),
      ordinal,
    );
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0;
  }

  write(): void {
    for (const [ordinal, hours] of this.#unwritten) {
      for (const day of new Set([...hours.keys()].map(dayOf))) this.#writeDay(ordinal, day, hours);
    }
  }

  /** Once what was written is there for good. */
  forgetWritten(): void {
    this.#unwritten.clear();
  }

  /** Removes days before this one, a bounded number of rows at a time; answers the oldest day that is left. */
  clear(firstKept: number): number | null {
    const oldest = this.#oldestDay();
    if (oldest === null || oldest >= firstKept) return oldest;
    this.#sql.exec(
      `DELETE FROM validation_counts WHERE (day, ordinal) IN
         (SELECT day, ordinal FROM validation_counts WHERE day < ? LIMIT ?)`,
      firstKept,
      clearedAtOnce,
    );
    return this.#oldestDay();
  }

  #oldestDay(): number | null {
    const statement = "SELECT day FROM validation_counts ORDER BY day LIMIT 1";
    for (const { day } of this.#sql.exec(statement)) return Number(day);
    return null;
  }

  #add(ordinal: number, outcome: Outcome, at: number): void {
    const hour = at - (at % hourMs);
    const hours: Hours = this.#unwritten.get(ordinal) ?? new Map();
    const counts = hours.get(hour) ?? {};
    hours.set(hour, { ...counts, [outcome]: (counts[outcome] ?? 0) + 1 });
    this.#unwritten.set(ordinal, hours);
  }

  #between(ordinal: number, since: number, until: number): HourOfValidations[] {
    const noted = this.#unwritten.get(ordinal) ?? new Map<number, OutcomeCounts>();
    const hours = merged(this.#written(ordinal, since, until), noted);
    return [...hours]
      .filter(([hour]) => hour >= since && hour < until)
      .toSorted(([one], [other]) => one - other)
      .map(([hour, outcomes]) => ({ hour, outcomes }));
  }

  #written(ordinal: number, since: number, until: number): Hours {
    const days = Array.from({ length: dayOf(until) - dayOf(since) + 1 }, (_, index) => dayOf(since) + index);
    const rows = this.#sql.exec(
      "SELECT day, hours FROM validation_counts WHERE day IN (SELECT value FROM json_each(?)) AND ordinal = ?",
      JSON.stringify(days),
      ordinal,
    );
    return new Map([...rows].flatMap(({ day, hours }) => [...hoursOf(Number(day), hours)]));
  }

  #writeDay(ordinal: number, day: number, noted: Hours): void {
    const ofDay = new Map([...noted].filter(([hour]) => dayOf(hour) === day));
    const begin = day * dayMs;
    const hours = [...merged(this.#written(ordinal, begin, begin), ofDay)];
    this.#sql.exec(
      `INSERT INTO validation_counts (day, ordinal, hours) VALUES (?1, ?2, ?3)
         ON CONFLICT (day, ordinal) DO UPDATE SET hours = ?3`,
      day,
      ordinal,
      JSON.stringify(Object.fromEntries(hours.map(([hour, counts]) => [(hour - begin) / hourMs, counts]))),
    );
  }
}

const merged = (one: Hours, other: Hours): Hours => {
  const hours = new Map(one);
  for (const [hour, counts] of other) hours.set(hour, sumOutcomes([hours.get(hour) ?? {}, counts]));
  return hours;
};

const isHour = (hour: number): boolean => Number.isInteger(hour) && hour >= 0 && hour < 24;
const isCount = (count: unknown): boolean => Number.isSafeInteger(count) && Number(count) > 0;

/** The table is not signed: what is no count of ours is as if it were not there. */
const hoursOf = (day: number, text: SqlStorageValue | undefined): Hours => {
  const stored = Object.entries(parsedOr<Record<string, unknown> | null>(text, null) ?? {});
  return new Map(
    stored
      .filter(([hour]) => isHour(Number(hour)))
      .map(([hour, counts]) => [
        day * dayMs + Number(hour) * hourMs,
        Object.fromEntries(Object.entries(counts ?? {}).filter(([code, count]) => isOutcome(code) && isCount(count))),
      ]),
  );
};
