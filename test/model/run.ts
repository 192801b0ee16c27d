import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { KeyView } from "../../src/core/api-key/key-view.ts";
import {
  type Answer,
  anotherIsolate,
  evict,
  evictAll,
  type Manager,
  type RequestOptions,
  startManager,
} from "../support/manager.ts";
import { testWorld } from "../support/test-world.ts";
import type { Expected } from "./commands.ts";
import { type Actor, expectAnswer, expectStored, storedTimeOf } from "./compare.ts";
import { figuresOf } from "./figures.ts";
import { isInGrace, type ModelKey, statusOf } from "./key.ts";
import { expectKeyString } from "./key-strings.ts";
import { type Learned, Model } from "./model.ts";
import { queryOf, type Search } from "./search.ts";
import type { Sequence } from "./sequence.ts";
import type { Choice } from "./steps.ts";

// biome-ignore lint/suspicious/noExplicitAny: the comparison says what it must be.
type AnyAnswer = Answer<any>;

/** A walk through a list, a page now and then. */
interface Walk {
  readonly search: Search;
  readonly returned: string[];
  cursor: string | null;
  /** What was in the list all the time since it began. */
  steady: ModelKey[];
}

const nobodysIds = ["key_0Vb3Zt2a02cD5eF7gHkM", "key_0Vb3Zt2azycD5eF7gHkM", "key_0Vb3Zt2a", "no-id"];
const isAmong: Readonly<Record<Choice["among"], (key: ModelKey, now: number) => boolean>> = {
  all: () => true,
  live: (key, now) => !key.isDeleted && ["active", "rotating", "disabled"].includes(statusOf(key, now)),
  "in grace": (key, now) => !key.isDeleted && isInGrace(key, now),
  successors: (key) => key.predecessor !== null && !key.isDeleted,
};

const { KEY_MANAGER: objects } = env as unknown as { readonly KEY_MANAGER: DurableObjectNamespace };

/** A real manager and the model of it, both given the same steps. */
export class Run {
  readonly model: Model;
  readonly actor: Actor;
  /** How often each kind of step came to which end. */
  readonly outcomes = new Map<string, number>();
  isolate = 0;
  walk: Walk | undefined;
  #isolates: Manager[];
  #requests = 0;

  private constructor(model: Model, first: Manager, actor: Actor) {
    this.model = model;
    this.actor = actor;
    this.#isolates = [first, anotherIsolate(first)];
  }

  static async start({ startsAt, examinedRowsMax, shards }: Sequence): Promise<Run> {
    Object.assign(testWorld, {
      fixedTime: startsAt,
      examinedRowsMax,
      settings: { SHARDS: String(shards), AUDIT_RETENTION_DAYS: "3650" },
    });
    const names = Array.from({ length: shards }, (_, shard) => `shard-0${shard}`);
    const manager = await startManager();
    const { id, lineage, name } = (await manager.request("/v1/me")).body;
    return new Run(new Model(startsAt, names), manager, { id, lineage, name });
  }

  get #manager(): Manager {
    const manager = this.#isolates[this.isolate % this.#isolates.length];
    if (!manager) throw new Error("there is no isolate");
    return manager;
  }

  get adminKey(): string {
    return this.#manager.adminKey;
  }

  keyOf({ number, among }: Choice): ModelKey {
    const { keys } = this.model;
    const meant = keys.filter((key) => isAmong[among](key, this.model.nowOf(key)));
    const candidates = meant.length === 0 ? keys : meant;
    const key = candidates[number % candidates.length];
    if (!key) throw new Error("no key was made yet");
    return key;
  }

  idOf(choice: Choice): string {
    return choice.number < 0 ? (nobodysIds[-choice.number - 1] ?? "") : this.keyOf(choice).id;
  }

  get shards(): string[] {
    return [...this.model.objects.keys()];
  }

  request(path: string, options: RequestOptions = {}): Promise<AnyAnswer> {
    this.#requests += 1;
    this.model.requestId = `request-${this.#requests}`;
    return this.#manager.request(path, { ...options, headers: { "X-Request-Id": this.model.requestId } });
  }

  post(path: string, json: unknown): Promise<AnyAnswer> {
    return this.request(path, { json });
  }

  /** Asks the manager, then the model, which may learn from the answer what chance decided. */
  async agree(asked: Promise<AnyAnswer>, expect: (learned: Learned | undefined) => Expected): Promise<AnyAnswer> {
    const answer = await asked;
    const { id, key, prefix } = answer.body;
    const isNew = answer.status === 201 && typeof id === "string" && typeof key === "string";
    expectAnswer(answer, expect(isNew ? { id, key } : undefined));
    if (isNew) expectKeyString(key, prefix, id);
    return answer;
  }

  /** One page; every key on it stands there as it is now. */
  async page(search: Search, limit: number, cursor: string | null): Promise<{ ids: string[]; next: string | null }> {
    const query = queryOf(search, limit);
    if (cursor !== null) query.set("cursor", cursor);
    const answer = await this.request(`/v1/keys?${query}`);
    this.model.everyObjectSees();
    expect([answer.status, answer.text]).toEqual([200, answer.text]);
    const items: KeyView[] = answer.body.items;
    const ids = items.map(({ id }) => id);
    const shown = this.model.inList(search).filter(({ id }) => ids.includes(id));
    expect(items).toEqual(shown.map((key) => this.model.viewOf(key)));
    expect(items.length).toBeLessThanOrEqual(limit);
    expect(answer.headers.has("Link")).toBe(answer.body.nextCursor !== null);
    return { ids, next: answer.body.nextCursor };
  }

  /** The whole list, page by page, at one moment. */
  async list(search: Search, limit: number): Promise<void> {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const { ids, next } = await this.page(search, limit, cursor);
      found.push(...ids);
      cursor = next;
    } while (cursor !== null);
    expect(found).toEqual(this.model.inList(search).map(({ id }) => id));
  }

  /** The next page of the walk that is under way; the list may have changed since the last one. */
  async nextPage(search: Search, limit: number): Promise<void> {
    const isFirst = this.walk === undefined;
    this.walk ??= { search, returned: [], cursor: null, steady: [] };
    const { walk } = this;
    const { ids, next } = await this.page(walk.search, limit, walk.cursor);
    if (isFirst) walk.steady = this.model.inList(walk.search);
    const last = walk.returned.at(-1);
    if (last !== undefined) for (const id of ids) expect(id < last).toBe(true);
    walk.returned.push(...ids);
    walk.cursor = next;
    if (next !== null) return;
    this.walk = undefined;
    expect(walk.returned).toEqual(expect.arrayContaining(walk.steady.map(({ id }) => id)));
  }

  afterStep(): void {
    if (!this.walk) return;
    const present = this.model.inList(this.walk.search);
    this.walk.steady = this.walk.steady.filter((key) => present.includes(key));
  }

  setClock(time: number): void {
    this.model.clock = time;
    testWorld.fixedTime = time;
  }

  async evict(name: string): Promise<void> {
    await evict(name).catch((error: Error) => {
      if (!error.message.includes("not currently running")) throw error;
    });
    if (name !== "admin") this.model.restart(name, await storedTimeOf(name));
  }

  async restart(): Promise<void> {
    await evictAll();
    for (const name of this.shards) this.model.restart(name, await storedTimeOf(name));
    this.#isolates = [anotherIsolate(this.#manager)];
  }

  async alarm(name: string): Promise<string> {
    const hasRun = await runDurableObjectAlarm(objects.getByName(name));
    if (hasRun) this.model.flush(name);
    else expect(this.model.hasUnwrittenUses(name)).toBe(false);
    return hasRun ? "has run" : "was not set";
  }

  /** The figures are those of the keys, one by one; where they are not complete, only their number is. */
  async figures(): Promise<void> {
    const { status, body } = await this.request("/v1/stats");
    this.model.everyObjectSees();
    const { keys, complete, expiringIn7Days, inGrace, unusedFor30Days } = body;
    const expected = figuresOf(this.model);
    expect([status, keys.total]).toEqual([200, expected.keys.total]);
    if (complete) expect({ keys, expiringIn7Days, inGrace, unusedFor30Days }).toEqual(expected);
  }

  /** Whatever is left to find out when the last step is done. */
  async end(): Promise<void> {
    while (this.walk) await this.nextPage({}, 200);
    await this.list({}, 200);
    await this.figures();
    for (const name of this.shards) await expectStored(name, this.model, this.actor);
  }
}
