import type { Register, ShardCounts } from "../core/register.ts";
import type { Answer } from "../core/use-cases.ts";

type Reading = Answer<"read-register">;

const freshMs = 5000;
const patienceMs = 2000;

/**
 * This isolate's copy of the admin object's register. Loaded once, before the first refusal that depends on it, and again,
 * at most every 5 seconds, when somebody meets an epoch or a shard that is not in it.
 */
export class KnownRegister {
  readonly #ask: () => Promise<Reading>;
  readonly #machineTime: () => number;
  #register: Register | undefined;
  #reading: Promise<Reading> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(ask: () => Promise<Reading>, machineTime: () => number) {
    this.#ask = ask;
    this.#machineTime = machineTime;
  }

  async ensure(): Promise<Reading> {
    return this.#register ? { ok: true, value: this.#register } : this.#readTogether();
  }

  /** What was read a moment ago will do; older is read anew. */
  async recent(momentMs = freshMs): Promise<Reading> {
    const isRecent = this.#machineTime() - this.#readAt < momentMs;
    return isRecent ? this.ensure() : this.#readTogether();
  }

  /** Asks now, and learns whatever was recorded before this call. */
  async read(): Promise<Reading> {
    const answer = await this.#ask();
    if (!answer.ok) return answer;
    this.#register = { ...answer.value, shards: greater(this.#register?.shards ?? null, answer.value.shards) };
    this.#readAt = this.#machineTime();
    return { ok: true, value: this.#register };
  }

  noteShards(shards: ShardCounts): void {
    if (this.#register) this.#register = { ...this.#register, shards: greater(this.#register.shards, shards) };
  }

  /**
   * Requests at the same moment share one call. A call may die with the request that made it, so nobody waits for
   * another's longer than a moment.
   */
  async #readTogether(): Promise<Reading> {
    return (this.#reading && (await withinPatience(this.#reading))) ?? this.#readForAll();
  }

  async #readForAll(): Promise<Reading> {
    const reading = this.read();
    this.#reading = reading;
    try {
      return await reading;
    } finally {
      if (this.#reading === reading) this.#reading = undefined;
    }
  }
}

/** The mark only grows, so of two readings the greater is the later. */
const greater = (one: ShardCounts | null, other: ShardCounts | null): ShardCounts | null =>
  one !== null && (other === null || one.mark > other.mark) ? one : other;

const withinPatience = async <Value>(promise: Promise<Value>): Promise<Value | undefined> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const giveUp = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patienceMs);
  });
  try {
    return await Promise.race([promise, giveUp]);
  } finally {
    clearTimeout(timer);
  }
};
