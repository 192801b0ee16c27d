import type { Actor } from "./caller.ts";

const windowMs = 60_000;
const toldMax = 10;
const actorsMax = 10_000;

interface Attempts {
  readonly actor: Actor;
  readonly endsAt: number;
  count: number;
}

interface Suppressed {
  readonly actor: Actor;
  readonly count: number;
}

const nameOf = (actor: Actor): string => (actor.kind === "admin" ? actor.lineage : actor.kind);

/**
 * Who was refused how often, in memory. Of each actor the first ten of a minute are told one by one and the others as one
 * number when the minute is over, so that nobody fills the store by being refused.
 */
export class RefusedAttempts {
  readonly #windows = new Map<string, Attempts>();

  /** Counts one more; whether it is to be told by itself. */
  note(actor: Actor, now: number): boolean {
    const name = nameOf(actor);
    if (this.#windows.size >= actorsMax && !this.#windows.has(name)) return false;
    const window = this.#windows.get(name) ?? { actor, endsAt: now + windowMs, count: 0 };
    window.count += 1;
    this.#windows.set(name, window);
    return window.count <= toldMax;
  }

  /** The numbers not told yet of minutes that are over; each is answered once. */
  takeSuppressed(now: number): Suppressed[] {
    const ended = [...this.#windows].filter(([, { endsAt }]) => now >= endsAt);
    for (const [name] of ended) this.#windows.delete(name);
    return ended
      .filter(([, { count }]) => count > toldMax)
      .map(([, { actor, count }]) => ({ actor, count: count - toldMax }));
  }

  /** When the next number is to be told; null where there is none. */
  get nextSuppressedAt(): number | null {
    const ends = [...this.#windows.values()].filter(({ count }) => count > toldMax).map(({ endsAt }) => endsAt);
    return ends.length === 0 ? null : Math.min(...ends);
  }
}
