import type { Register, ShardCounts } from "../core/register.ts";
import type { Answer } from "../core/use-cases.ts";

const reloadPauseMs = 5000;

const patienceMs = 2000;

/**
 * This isolate's copy of the admin object's register. Loaded once, before the first refusal that depends on it, and again,
 * at most every 5 seconds, when somebody meets an epoch or a shard that is not in it.
 */
export class KnownRegister {
  readonly #read: () => Promise<Answer<"read-register">>;
  readonly #machineTime: () => number;
  #register: Register | undefined;
  #loading: Promise<Answer<"read-register">> | undefined;
  #loadedAt = Number.NEGATIVE_INFINITY;

  constructor(read: () => Promise<Answer<"read-register">>, machineTime: () => number) {
    this.#read = read;
    this.#machineTime = machineTime;
  }

  get loaded(): Register | undefined {
    return this.#register;
  }

  async ensure(): Promise<Answer<"read-register">> {
    return this.#register ? { ok: true, value: this.#register } : this.refresh();
  }

  /** Reads it anew unless that was done a moment ago. */
  async refreshIfOld(): Promise<Answer<"read-register">> {
    const isRecent = this.#machineTime() - this.#loadedAt < reloadPauseMs;
    return isRecent ? this.ensure() : this.refresh();
  }

  /**
   * Reads it anew; requests at the same moment share one call. A call may die with the request that made it, so nobody
   * waits for another's longer than a moment.
   */
  async refresh(): Promise<Answer<"read-register">> {
    return (this.#loading && (await withinPatience(this.#loading))) ?? this.#load();
  }

  noteShards(shards: ShardCounts): void {
    if (this.#register) this.#register = { ...this.#register, shards };
  }

  async #load(): Promise<Answer<"read-register">> {
    const loading = this.#read();
    this.#loading = loading;
    try {
      const answer = await loading;
      if (answer.ok) {
        this.#register = answer.value;
        this.#loadedAt = this.#machineTime();
      }
      return answer;
    } finally {
      if (this.#loading === loading) this.#loading = undefined;
    }
  }
}

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
