/** So long the platform takes, at most, over the repeats of an alarm that failed. */
const lateMsMax = 300_000;

/** An alarm that comes back with the storage of its object, from a backup, is one the platform may know nothing of. */
const isLost = (ringsAt: number): boolean => ringsAt < Date.now() - lateMsMax;

/** The one alarm that the platform gives an object. Of all that is asked for, the earliest rings. */
export class ObjectAlarm {
  readonly #context: Pick<DurableObjectState, "storage" | "waitUntil">;
  /** No later than this it will ring, as far as memory goes. */
  #ringsAt = Number.POSITIVE_INFINITY;
  #setting = Promise.resolve();

  constructor(context: Pick<DurableObjectState, "storage" | "waitUntil">) {
    this.#context = context;
  }

  /** It rings just now, so it has to be set anew. */
  hasRung(): void {
    this.#ringsAt = Number.POSITIVE_INFINITY;
  }

  ringIn(milliseconds: number): void {
    const time = Date.now() + milliseconds;
    if (time >= this.#ringsAt && !isLost(this.#ringsAt)) return;
    this.#ringsAt = time;
    this.#inTurn(async (storage) => {
      const pending = await storage.getAlarm();
      if (pending === null || isLost(pending) || pending > time) await storage.setAlarm(time);
    });
  }

  /** Leaves an alarm alone that is set already, whenever it rings. */
  ringOnceWithin(milliseconds: number): void {
    const time = Date.now() + milliseconds;
    this.#inTurn(async (storage) => {
      const pending = await storage.getAlarm();
      if (pending === null || isLost(pending)) await storage.setAlarm(time);
    });
  }

  /** Once whatever was asked for is stored. */
  stored(): Promise<void> {
    return this.#setting;
  }

  /** One look at the alarm after the other: of two that both saw none, the later alarm would win. */
  #inTurn(setAlarm: (storage: DurableObjectStorage) => Promise<void>): void {
    const turn = () => setAlarm(this.#context.storage);
    this.#setting = this.#setting.then(turn, turn).catch((error: unknown) => {
      this.#ringsAt = Number.POSITIVE_INFINITY;
      throw error;
    });
    this.#context.waitUntil(this.#setting);
  }
}
