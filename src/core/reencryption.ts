import type { Primaries } from "./register.ts";

/** Everything of this object up to here has been looked at. */
export interface RecordPlace {
  readonly table: string;
  readonly after: string;
}

/** A record that is not as it was written. Nothing of it is ever made anew. */
export interface TamperedRecord {
  /** The id where it has a good one; else its table and its place there. */
  readonly name: string;
  /** It is a key or an admin that is not revoked: without its old secret `tampered` would become `unknown`. */
  readonly holdsUp: boolean;
}

/** What one step did. */
export interface RenewedPart {
  readonly renewed: number;
  readonly tampered: readonly TamperedRecord[];
  /** Fingerprints of secrets that records are under and that are not configured. */
  readonly missing: readonly string[];
  /** Where to go on; null when everything was looked at. */
  readonly examinedTo: RecordPlace | null;
}

/** An object's run through all its records, to bring them under the primaries of the time it was asked for. */
export interface Reencryption {
  readonly target: Primaries;
  readonly state: "running" | "paused" | "done";
  readonly place: RecordPlace | null;
  readonly moved: number;
  /** The names of tampered records, the first so many; `quarantinedCount` counts all. */
  readonly quarantined: readonly string[];
  readonly quarantinedCount: number;
  /** A tampered record holds the old secrets up. */
  readonly isHeldUp: boolean;
  readonly missing: readonly string[];
  readonly steppedAt: number;
  readonly workedMs: number;
}

const namesMax = 500;
/** Between two steps that belong together no more than this passes; the rest was a standstill. */
const stepMsMax = 10_000;

export const isSamePair = (one: Primaries, other: Primaries): boolean =>
  one.encryption === other.encryption && one.hmac === other.hmac;

const nothingSeen = { place: null, quarantined: [], quarantinedCount: 0, isHeldUp: false, missing: [] };

/**
 * Goes on with a run for the same secrets that was paused on its way; any other begins with the first record, and so does
 * one that passed records whose secret was missing.
 */
export const startedRun = (known: Reencryption | null, target: Primaries, now: number): Reencryption => {
  if (known?.state === "paused" && isSamePair(known.target, target)) {
    const run = { ...known, state: "running", steppedAt: now } as const;
    return known.place === null || known.missing.length > 0 ? { ...run, ...nothingSeen } : run;
  }
  return { target, state: "running", ...nothingSeen, moved: 0, steppedAt: now, workedMs: 0 };
};

/** Anything may be under the secrets that were the primaries meanwhile: nothing looked at before counts any more. */
export const runAfterSwap = (run: Reencryption): Reencryption | null =>
  run.state === "done" ? null : { ...run, ...nothingSeen };

export const continuedRun = (run: Reencryption, part: RenewedPart, now: number): Reencryption => {
  const missing = [...new Set([...run.missing, ...part.missing])];
  const isThrough = part.examinedTo === null;
  return {
    target: run.target,
    state: isThrough ? (missing.length > 0 ? "paused" : "done") : "running",
    place: part.examinedTo,
    moved: run.moved + part.renewed,
    quarantined: [...run.quarantined, ...part.tampered.map(({ name }) => name)].slice(0, namesMax),
    quarantinedCount: run.quarantinedCount + part.tampered.length,
    isHeldUp: run.isHeldUp || part.tampered.some(({ holdsUp }) => holdsUp),
    missing,
    steppedAt: now,
    workedMs: run.workedMs + Math.min(now - run.steppedAt, stepMsMax),
  };
};
