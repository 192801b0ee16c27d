import type { Caller } from "../core/access/caller.ts";
import { homeOf } from "../core/api-key/key-string.ts";
import { mergePages, type ShardPage } from "../core/api-key/merge-pages.ts";
import type { CommandOf } from "../core/command-bus.ts";
import type { EventSearch } from "../core/event-search.ts";
import { type Refusal, succeed } from "../core/result.ts";
import type { PlacedEvent } from "../core/use-cases/list-events.ts";
import type { VerifiedPart } from "../core/use-cases/verify-events.ts";
import type { Answer, Unready, UseCases } from "../core/use-cases.ts";
import type { VerifiedChain } from "../core/verified-chain.ts";
import type { Bindings } from "./bindings.ts";
import type { KnownRegister } from "./known-register.ts";
import { adminObjectName, homeOfName, shardName } from "./object-names.ts";
import { sendToObject } from "./send-to-object.ts";

export type ListEvents = CommandOf<UseCases, "list-events">;
type VerifyEvents = CommandOf<UseCases, "verify-events">;
type RegisterUnread = Refusal<Unready>;

/** So many characters of events the Worker holds at a time at most, over all objects; one event has 40,000 at most. */
const charactersHeld = 16_000_000;
/** So many parts of chains, of 1,000 events each, are verified before a page is answered. */
const partsVerified = 32;

/** Reads the events of all objects as one list. */
export class EventReader {
  readonly #objects: Bindings["KEY_MANAGER"];
  readonly #register: KnownRegister;

  constructor(objects: Bindings["KEY_MANAGER"], register: KnownRegister) {
    this.#objects = objects;
    this.#register = register;
  }

  async list(command: ListEvents, caller: Caller): Promise<Answer<"list-events">> {
    const names = await this.#namesFor(command.search);
    if (!Array.isArray(names)) return names;
    const answers = await Promise.all(names.map((name) => this.pageOf(name, bounded(command, names.length), caller)));
    const pages: ShardPage<PlacedEvent>[] = [];
    for (const answer of answers) {
      if (!answer.ok) return answer;
      pages.push(answer.value);
    }
    const { items, examinedTo } = mergePages(pages, command.limit, ({ position }) => position);
    return succeed({ items, examinedTo, finished: examinedTo === null });
  }

  /** The objects that events of the search may be in, and the command for one page of each. */
  async sources(
    command: ListEvents,
  ): Promise<{ readonly names: string[]; readonly command: ListEvents } | RegisterUnread> {
    const names = await this.#namesFor(command.search);
    return Array.isArray(names) ? { names, command: bounded(command, names.length) } : names;
  }

  pageOf(name: string, command: ListEvents, caller: Caller): Promise<Answer<"list-events">> {
    return sendToObject(this.#objects, name, command, caller);
  }

  /** One object after the other, part by part. */
  async verify({ after }: VerifyEvents, caller: Caller): Promise<Answer<"verify-events">> {
    const names = await this.#names();
    if (!Array.isArray(names)) return names;
    const chains = new Map<string, VerifiedChain>();
    let place: VerifiedPart["verifiedTo"] = after;
    let index = Math.max(0, names.indexOf(after?.object ?? adminObjectName));
    for (let parts = 0; parts < partsVerified; parts += 1) {
      const name = names[index];
      if (name === undefined) break;
      const command = { type: "verify-events", after: place?.object === name ? place : null } as const;
      const answer = await sendToObject(this.#objects, name, command, caller);
      if (!answer.ok) return answer;
      for (const chain of answer.value.chains) chains.set(name, chain);
      place = answer.value.verifiedTo;
      if (!place) index += 1;
    }
    const next = names[index];
    const verifiedTo = place ?? (next === undefined ? null : { object: next, sequence: 0 });
    return succeed({ chains: [...chains.values()], verifiedTo });
  }

  /** An id tells which object it is from, and all that happens to its bearer and its lineage happens there. */
  async #namesFor({ keyId, lineage }: EventSearch): Promise<string[] | RegisterUnread> {
    const names = await this.#names();
    const homes = [keyId, lineage].flatMap((id) => (id === null ? [] : [homeOf(id)]));
    if (!Array.isArray(names)) return names;
    return names.filter((name) => homes.every((home) => home === homeOfName(name)));
  }

  async #names(): Promise<string[] | RegisterUnread> {
    const register = await this.#register.read();
    if (!register.ok) return register;
    const shards = Array.from({ length: register.value.shards?.mark ?? 0 }, (_, shard) => shardName(shard));
    return [adminObjectName, ...shards];
  }
}

const bounded = (command: ListEvents, objects: number): ListEvents => ({
  ...command,
  charactersMax: Math.min(command.charactersMax, Math.ceil(charactersHeld / Math.max(1, objects))),
});
