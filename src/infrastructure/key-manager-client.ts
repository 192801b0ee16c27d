import type { Caller } from "../core/access/caller.ts";
import { homeOf, isId } from "../core/api-key/key-string.ts";
import type { KeyView } from "../core/api-key/key-view.ts";
import { mergePages, type ShardPage } from "../core/api-key/merge-pages.ts";
import { refusedVerdict, type Verdict } from "../core/api-key/verdict.ts";
import type { CommandOf } from "../core/command-bus.ts";
import { repeaterOf } from "../core/replay.ts";
import { refuse, succeed } from "../core/result.ts";
import { type Statistics, sumStatistics } from "../core/statistics.ts";
import { reencryptionReport } from "../core/system-report.ts";
import type { BulkResult } from "../core/use-cases/bulk-keys.ts";
import type { Answer, Command, CommandType, KeyManager, UseCases } from "../core/use-cases.ts";
import type { Bindings } from "./bindings.ts";
import { sha256 } from "./crypto/primitives.ts";
import { EventReader, type ListEvents } from "./event-reader.ts";
import { streamEvents } from "./event-stream.ts";
import type { KnownRegister } from "./known-register.ts";
import { adminObjectName, shardName, systemCaller } from "./object-names.ts";
import { problemsRefusal } from "./secrets/problems-refusal.ts";
import { shardsLowered } from "./secrets/shard-setting.ts";
import { sendToObject } from "./send-to-object.ts";

type ListAnswer = Answer<"list-keys">;
/** Commands about one key, which the shard named in its id executes. */
type CommandOnKey = Extract<
  Command,
  { readonly id: string; readonly type: `${string}-key` | `${string}-rotation` | "get-key-usage" }
>;
type CommandToAll = Extract<Command, { readonly type: "get-system" | `${"pause" | "start"}-reencryption` }>;
type RegisterUnread = Extract<Answer<"read-register">, { ok: false }>;

/** Sends a command to the object, or the objects, that hold what it is about. Nothing else knows about shards. */
export class KeyManagerClient implements KeyManager {
  readonly #objects: Bindings["KEY_MANAGER"];
  readonly #register: KnownRegister;
  readonly #configuredShards: number;
  readonly #events: EventReader;
  #firstShards: number | undefined;
  #isSetUp = false;

  constructor(objects: Bindings["KEY_MANAGER"], register: KnownRegister, configuredShards: number) {
    this.#objects = objects;
    this.#register = register;
    this.#configuredShards = configuredShards;
    this.#events = new EventReader(objects, register);
  }

  /** What the command `list-events` would answer page by page. */
  streamEvents(command: ListEvents, caller: Caller): ReturnType<typeof streamEvents> {
    return streamEvents(this.#events, command, caller);
  }

  execute<Type extends CommandType>(command: CommandOf<UseCases, Type>, caller: Caller): Promise<Answer<Type>>;
  async execute(command: Command, caller: Caller): Promise<Answer<CommandType>> {
    switch (command.type) {
      case "bulk-keys":
        return this.#bulk(command, caller);
      case "create-key":
        return this.#create(command, caller);
      case "get-set-up":
        return this.#getSetUp(command, caller);
      case "get-stats":
        return this.#getStats(command, caller);
      case "get-system":
      case "pause-reencryption":
        return this.#everywhere(command, caller);
      case "start-reencryption":
        return this.#startReencryption(command, caller);
      case "list-events":
        return this.#events.list(command, caller);
      case "list-keys":
        return this.#list(command, caller);
      case "verify-events":
        return this.#events.verify(command, caller);
      case "cancel-rotation":
      case "delete-key":
      case "finish-rotation":
      case "get-key":
      case "get-key-usage":
      case "reveal-key":
      case "revoke-key":
      case "rotate-key":
      case "update-key":
      case "validate-key":
        return this.#sendToShardOf(command, caller);
      default:
        return sendToObject(this.#objects, adminObjectName, command, caller);
    }
  }

  async #create(command: CommandOf<UseCases, "create-key">, caller: Caller): Promise<Answer<"create-key">> {
    const first = await this.#recordShards();
    if (typeof first !== "number") return first;
    const shard = caller.idempotencyKey === null ? randomBelow(this.#configuredShards) : shardOfRepeat(caller, first);
    return sendToObject(this.#objects, shardName(shard), command, caller);
  }

  /**
   * Makes sure that every shard a new key may go to is one that lists look into; answers the first number ever recorded.
   * Asked once: an isolate of an older deployment goes on while a newer one raises the number.
   */
  async #recordShards(): Promise<number | RegisterUnread> {
    if (this.#firstShards !== undefined) return this.#firstShards;
    const command = { type: "record-shards", count: this.#configuredShards } as const;
    const answer = await sendToObject(this.#objects, adminObjectName, command, systemCaller);
    if (answer.ok) {
      this.#register.noteShards(answer.value);
      this.#firstShards = answer.value.first;
      return answer.value.first;
    }
    const { failure } = answer;
    if (failure.code !== "shards_lowered") return refuse(failure);
    return problemsRefusal([shardsLowered(this.#configuredShards, failure.mark)]);
  }

  /** What one shard cannot do keeps nobody from what the others can. */
  async #bulk(command: CommandOf<UseCases, "bulk-keys">, caller: Caller): Promise<Answer<"bulk-keys">> {
    const byShard = new Map<number, string[]>();
    for (const id of new Set(command.ids)) {
      const home = isId("key", id) ? homeOf(id) : "admin";
      const exists = home === "admin" ? false : await this.#isShard(home);
      if (typeof exists !== "boolean") return exists;
      if (home !== "admin" && exists) byShard.set(home, [...(byShard.get(home) ?? []), id]);
    }
    const answers = [...byShard].map(async ([shard, ids]): Promise<readonly BulkResult[]> => {
      const answer = await sendToObject(this.#objects, shardName(shard), { ...command, ids }, caller);
      return answer.ok ? answer.value.results : ids.map((id) => ({ id, ok: false, code: answer.failure.code }));
    });
    const results = new Map((await Promise.all(answers)).flat().map((result) => [result.id, result]));
    return succeed({
      results: command.ids.map((id) => results.get(id) ?? { id, ok: false, code: "key_not_found" }),
    });
  }

  async #sendToShardOf(command: CommandOnKey, caller: Caller): Promise<Answer<CommandType>> {
    const home = homeOf(command.id);
    if (home === "admin") return notThere(command);
    // The tag of a key to validate has shown that we made its id, so its shard exists.
    const exists = command.type === "validate-key" || (await this.#isShard(home));
    if (typeof exists !== "boolean") return exists;
    return exists ? sendToObject<CommandType>(this.#objects, shardName(home), command, caller) : notThere(command);
  }

  async #isShard(shard: number): Promise<boolean | RegisterUnread> {
    const known = await this.#register.ensure();
    if (!known.ok) return known;
    if (shard < (known.value.shards?.mark ?? 0)) return true;
    const renewed = await this.#register.recent();
    return renewed.ok ? shard < (renewed.value.shards?.mark ?? 0) : renewed;
  }

  /** Once done it is done for good. */
  async #getSetUp(command: CommandOf<UseCases, "get-set-up">, caller: Caller): Promise<Answer<"get-set-up">> {
    if (this.#isSetUp) return succeed({ done: true });
    const answer = await sendToObject(this.#objects, adminObjectName, command, caller);
    this.#isSetUp = answer.ok && answer.value.done;
    return answer;
  }

  async #list(command: CommandOf<UseCases, "list-keys">, caller: Caller): Promise<ListAnswer> {
    const shards = await this.#shards();
    if ("ok" in shards) return shards;
    const answers = await Promise.all(shards.map((shard) => sendToObject(this.#objects, shard, command, caller)));
    const pages: ShardPage<KeyView>[] = [];
    for (const answer of answers) {
      if (!answer.ok) return answer;
      pages.push(answer.value);
    }
    const { items, examinedTo } = mergePages(pages, command.limit, ({ id }) => id);
    return succeed({ items, examinedTo, finished: examinedTo === null });
  }

  async #getStats(command: CommandOf<UseCases, "get-stats">, caller: Caller): Promise<Answer<"get-stats">> {
    const shards = await this.#shards();
    if ("ok" in shards) return shards;
    const answers = await Promise.all(shards.map((shard) => sendToObject(this.#objects, shard, command, caller)));
    const parts: Statistics[] = [];
    for (const answer of answers) {
      if (!answer.ok) return answer;
      parts.push(answer.value);
    }
    return succeed(sumStatistics(parts));
  }

  /** As long as one object is on its way, those that are through have done their part and keep their account of it. */
  async #startReencryption(
    command: CommandOf<UseCases, "start-reencryption">,
    caller: Caller,
  ): Promise<Answer<CommandToAll["type"]>> {
    const before = await this.#everywhere({ type: "get-system" }, caller);
    if (!before.ok) return before;
    const again = reencryptionReport(before.value).state === "done";
    return this.#everywhere({ ...command, again }, caller);
  }

  /** The admin object first: its primaries are the ones that every other object is to come to. */
  async #everywhere(command: CommandToAll, caller: Caller): Promise<Answer<CommandToAll["type"]>> {
    const first = await sendToObject<CommandToAll["type"]>(this.#objects, adminObjectName, command, caller);
    if (!first.ok) return first;
    const shards = await this.#shards();
    if ("ok" in shards) return shards;
    const [authority] = first.value;
    const aimed = "target" in command ? { ...command, target: authority?.primaries ?? null } : command;
    const answers = await Promise.all(
      shards.map((shard) => sendToObject<CommandToAll["type"]>(this.#objects, shard, aimed, caller)),
    );
    const reports = [...first.value];
    for (const answer of answers) {
      if (!answer.ok) return answer;
      reports.push(...answer.value);
    }
    return succeed(reports);
  }

  /** Every shard that may hold a key. */
  async #shards(): Promise<readonly string[] | RegisterUnread> {
    const register = await this.#register.read();
    if (!register.ok) return register;
    return Array.from({ length: register.value.shards?.mark ?? 0 }, (_, shard) => shardName(shard));
  }
}

const notThere = (command: CommandOnKey): Answer<CommandType> =>
  command.type === "validate-key"
    ? succeed<Verdict>(refusedVerdict("unknown"))
    : refuse({ code: "key_not_found", id: command.id });

const randomBelow = (count: number): number => {
  const numbers = crypto.getRandomValues(new Uint32Array(1));
  return Math.floor(((numbers[0] ?? 0) / 2 ** 32) * count);
};

/** The same caller with the same Idempotency-Key always comes to the same shard, however many there are by then. */
const shardOfRepeat = (caller: Caller, firstShards: number): number => {
  const hash = sha256(`${repeaterOf(caller)}\n${caller.idempotencyKey}`);
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0) % firstShards;
};
