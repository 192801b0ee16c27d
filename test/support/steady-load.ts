import type { Clients } from "./clients.ts";

const pauseMs = 5;
/** A page is two hundred keys, and each is held against the document. */
const listPauseMs = 200;

/** Each client does one thing, again and again, until the load is stopped. */
export class SteadyLoad {
  readonly #clients: Clients;
  readonly #done = new Map<string, number>();
  readonly #loops: readonly Promise<void>[];
  #isOver = false;

  constructor(clients: Clients) {
    this.#clients = clients;
    const acts: readonly (readonly [string, () => Promise<void>])[] = [
      ["validate 1", () => clients.validate()],
      ["validate 2", () => clients.validate()],
      ["validate 3", () => clients.validate()],
      ["create", () => clients.create()],
      ["rotate", () => clients.rotate()],
      ["revoke", () => clients.revoke()],
      ["patch", () => clients.patch()],
      ["list", () => clients.list().finally(() => scheduler.wait(listPauseMs))],
      ["session", () => clients.useSession()],
      ["member", () => clients.useMember()],
      ["replay", () => clients.replay()],
      ["reveal", () => clients.reveal()],
    ];
    this.#loops = acts.map(([name, act]) => this.#repeat(name, act));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  /** Every client has begun and ended something since. */
  async everyoneOnceMore(): Promise<void> {
    const before = new Map(this.#done);
    const isDue = (name: string) => (this.#done.get(name) ?? 0) < (before.get(name) ?? 0) + 2;
    while ([...before.keys()].some(isDue)) await scheduler.wait(pauseMs);
  }

  async #repeat(name: string, act: () => Promise<void>): Promise<void> {
    this.#done.set(name, 0);
    while (!this.#isOver) {
      await act().catch((error: Error) => this.#clients.surprises.push(`${name}: ${error.message}`));
      this.#done.set(name, (this.#done.get(name) ?? 0) + 1);
      await scheduler.wait(pauseMs);
    }
  }
}
